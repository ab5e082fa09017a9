// Bundles the front end into the static files of the room `shared`. Usage: node build.mjs
import { readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { build } from "esbuild";
import { compileString } from "sass";

const out = "../src/poliedro/shared/static/shared/dist";
const common = {
  bundle: true,
  minify: true,
  target: ["es2022"],
  logLevel: "warning",
  legalComments: "linked",
  outdir: out,
};

// bootstrap-italia comes as SCSS: only the parts that src/bootstrap.scss names are compiled.
const scss = {
  name: "scss",
  setup(builder) {
    builder.onLoad({ filter: /\.scss$/ }, ({ path }) => {
      const { css } = compileString(readFileSync(path, "utf8"), {
        loadPaths: [resolve("node_modules")],
        quietDeps: true,
        silenceDeprecations: ["import", "global-builtin", "color-functions", "slash-div", "if-function"],
        logger: { warn: (message, { deprecation }) => deprecation || console.warn(message), debug: () => {} },
      });
      return { contents: css, loader: "css", resolveDir: dirname(path) };
    });
  },
};

await rm(out, { recursive: true, force: true });
await build({
  ...common,
  entryPoints: { app: "src/app.js", charts: "src/charts/index.js" },
  format: "esm",
  define: { "process.env.NODE_ENV": '"production"' },
});
await build({
  ...common,
  entryPoints: { site: "src/site.css" },
  plugins: [scss],
  loader: { ".woff2": "file", ".svg": "file", ".png": "dataurl" },
  assetNames: "fonts/[name]-[hash]",
});
