// Bundles the front end into the static files of the room `shared`. Usage: node build.mjs
import { build } from "esbuild";

const out = "../src/poliedro/shared/static/shared/dist";
const common = {
  bundle: true,
  minify: true,
  target: ["es2022"],
  logLevel: "warning",
  legalComments: "linked",
  outdir: out,
};
await build({
  ...common,
  entryPoints: { app: "src/app.js", charts: "src/charts/index.js" },
  format: "esm",
  // ECharts and htmx are used without their paths that build code from text.
  define: { "process.env.NODE_ENV": '"production"' },
});
await build({
  ...common,
  entryPoints: { site: "src/site.css" },
  loader: { ".woff2": "file", ".svg": "file", ".png": "dataurl" },
  assetNames: "fonts/[name]-[hash]",
});
