// Draws every element [data-chart]: reads its JSON, builds the ECharts options, wires downloads and links.
import * as echarts from "echarts/core";
import { BarChart, CustomChart, GraphChart, HeatmapChart, LineChart, MapChart, SankeyChart, ScatterChart } from "echarts/charts";
import {
  AriaComponent, DataZoomComponent, GeoComponent, GridComponent, LegendComponent, MarkLineComponent, TitleComponent,
  TooltipComponent, VisualMapComponent,
} from "echarts/components";
import { LabelLayout } from "echarts/features";
import { CanvasRenderer, SVGRenderer } from "echarts/renderers";
import italian from "echarts/i18n/langIT-obj.js";
import { neededHeight, options } from "./options.js";

echarts.use([
  BarChart, CustomChart, GraphChart, HeatmapChart, LineChart, MapChart, SankeyChart, ScatterChart,
  AriaComponent, DataZoomComponent, GeoComponent, GridComponent, LegendComponent, MarkLineComponent, TitleComponent,
  TooltipComponent, VisualMapComponent, LabelLayout, CanvasRenderer, SVGRenderer,
]);

echarts.registerLocale("IT", italian);
const LOCALE = { locale: document.documentElement.lang.startsWith("it") ? "IT" : "EN" };
const DECIMAL = LOCALE.locale === "IT" ? "," : ".";

const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;

function draw(box) {
  const data = JSON.parse(document.getElementById(box.dataset.chart).textContent);
  box.dataset.drawn = "true";
  if (data.kind === "map" && data.geojson.features.length === 0) return; // a map of nothing has no bounds to fit
  const usual = box.clientHeight;
  const fit = () => {
    const needed = neededHeight(data, box.clientWidth);
    box.style.height = needed > usual ? `${needed}px` : "";
  };
  fit();
  const prepared = () => ({
    ...options(data, { echarts, width: box.clientWidth, height: box.clientHeight }),
    animation: !still,
    aria: { enabled: false },
  });
  const chart = echarts.init(box, null, { renderer: "canvas", ...LOCALE });
  chart.setOption(prepared());
  chart.on("click", (event) => {
    const url = event.data && event.data.url;
    if (url) window.location.assign(url);
  });
  let width = box.clientWidth;
  new ResizeObserver(() => {
    if (box.clientWidth !== width) requestAnimationFrame(fit); // its own change of height comes round again
    chart.resize();
    if (box.clientWidth !== width && box.clientWidth > 0) chart.setOption(prepared(), { notMerge: true });
    width = box.clientWidth;
  }).observe(box);
  const figure = box.closest("figure");
  for (const button of figure.querySelectorAll("[data-save]")) {
    button.hidden = false;
    button.addEventListener("click", () => save(button.dataset.save, data, prepared(), chart, box));
  }
}

function save(format, data, finished, chart, box) {
  const name = `${data.name || "chart"}.${format}`;
  if (format === "png") return give(chart.getDataURL({ pixelRatio: 2, backgroundColor: "#fff" }), name);
  if (format === "svg") {
    const still = echarts.init(null, null, { renderer: "svg", ...LOCALE, ssr: true, width: box.clientWidth, height: box.clientHeight });
    still.setOption({ ...finished, animation: false });
    const text = still.renderToSVGString();
    still.dispose();
    return give(URL.createObjectURL(new Blob([text], { type: "image/svg+xml" })), name);
  }
  // As the server writes tables of pages: see docs/operations/files.md.
  const quote = (v) => `"${(typeof v === "number" ? String(v).replace(".", DECIMAL) : String(v ?? "").replace(/^(?=[=+\-@\t].)/s, "'")).replaceAll('"', '""')}"`;
  const lines = [data.table.headers, ...data.table.rows].map((row) => row.map(quote).join(";"));
  return give(URL.createObjectURL(new Blob(["\ufeff" + lines.join("\r\n")], { type: "text/csv" })), name);
}

function give(url, name) {
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
}

for (const box of document.querySelectorAll("[data-chart]")) draw(box);
document.addEventListener("htmx:afterSwap", (event) => {
  for (const box of event.target.querySelectorAll("[data-chart]:not([data-drawn])")) draw(box);
});
