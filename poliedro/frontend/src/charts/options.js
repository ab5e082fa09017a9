// From the platform's chart description (see shared/components.py) to ECharts options. Kinds: bar, line, scatter, graph,
// sankey, map, heatmap, timeline.
const FONT = "'Titillium Web', sans-serif";
const INK = "#17324d";
const GREY = "#5b6f82";
export const PALETTE = ["#0066cc", "#b45309", "#00796b", "#a3195b", "#5b4fc4", "#7a5c00", "#455a64"];

const language = document.documentElement.lang || "it";
const format = (value, decimals) =>
  value === null || value === undefined ? "-" : new Intl.NumberFormat(language, { maximumFractionDigits: decimals ?? 1 }).format(value);
// Axes count in the page's language too; years among them stay without a mark of thousands.
const tick = (value) =>
  typeof value === "number" ? new Intl.NumberFormat(language, { maximumFractionDigits: 3, useGrouping: Math.abs(value) >= 10000 }).format(value) : value;

const NARROW = 520; // a phone: names of categories break instead of being cut
const text = { fontFamily: FONT, color: INK, fontSize: 13 };
const base = (data) => ({
  color: PALETTE,
  textStyle: text,
  tooltip: { renderMode: "richText", confine: true, textStyle: { ...text, fontSize: 13 }, backgroundColor: "#fff", borderColor: "#c6d2de" },
  grid: { left: 12, right: 24, top: 32, bottom: 40, containLabel: true },
  title: undefined,
  name: data.name,
});
const counts = (extra) => (extra.type === "value" || extra.type === "log" ? { formatter: tick } : {});
const axis = (name, extra) => ({
  name, nameLocation: "middle", nameGap: 30, nameMoveOverlap: true, nameTextStyle: { ...text, color: GREY },
  axisLabel: { ...text, fontSize: 12, hideOverlap: true, ...counts(extra) }, axisLine: { lineStyle: { color: "#9fb0c0" } },
  splitLine: { lineStyle: { color: "#e6ecf2" } }, ...extra,
});
// Many names turn over in one line on a phone, where several lines would lie on the chart.
const legend = (width) => ({ top: 0, textStyle: text, icon: "roundRect", type: width < NARROW ? "scroll" : "plain" });
const number = (data) => ({ formatter: (v) => format(v, data.decimals) });

const roomOf = (width) => (width < NARROW ? 122 : 190);
// How high the box of horizontal bars, or of points in rows, must be for names that break into several lines; 0 where
// the usual height does.
export function neededHeight(data, width) {
  const names = data.kind === "bar" && (data.horizontal ?? true) ? data.categories : data.kind === "scatter" ? data.y_categories : null;
  if (!names || width >= NARROW) return 0;
  const lines = (name) => Math.ceil((String(name).length * 6.6) / roomOf(width));
  return 110 + names.length * Math.max(...names.map(lines), 1) * 17;
}

function bar(data, { width }) {
  const room = roomOf(width);
  const horizontal = data.horizontal ?? true;
  const category = axis("", { type: "category", data: data.categories, inverse: horizontal, axisLabel: { ...text, fontSize: 12, lineHeight: 14, width: room, overflow: width < NARROW ? "break" : "truncate" } });
  const value = axis(data.y_label, { type: "value", axisLabel: { ...text, fontSize: 12, hideOverlap: true, ...number(data) } });
  const single = data.series.length === 1;
  return {
    ...base(data),
    legend: single ? undefined : legend(width),
    tooltip: { ...base(data).tooltip, trigger: "axis", axisPointer: { type: "shadow" }, valueFormatter: (v) => format(v, data.decimals) },
    xAxis: horizontal ? value : category,
    yAxis: horizontal ? category : value,
    series: data.series.map((s) => ({
      type: "bar", name: s.name, stack: data.stacked ? "all" : undefined, color: s.color, barMaxWidth: 34,
      data: s.values.map((v, i) => ({ value: v, url: data.urls?.[i], itemStyle: data.colors ? { color: data.colors[i] } : undefined })),
      label: single ? { show: true, position: horizontal ? "right" : "top", ...text, fontSize: 12, formatter: (p) => format(p.value, data.decimals) } : undefined,
    })),
  };
}

// Whether names at the ends of two lines would lie on each other: ends near across, and nearer down than the names are high.
export function endsMeet(data, width, height) {
  const known = (v) => v !== null && v !== undefined;
  const all = data.series.flatMap((s) => [...s.values, ...(s.low ?? []), ...(s.high ?? [])]).filter(known);
  if (all.length === 0) return false;
  const low = data.scale ? Math.min(...all) : Math.min(0, ...all);
  const span = (data.scale ? Math.max(...all) : Math.max(0, ...all)) - low || 1;
  const room = width < NARROW ? 74 : 120;
  const across = (width - room - 60) / Math.max(data.categories.length - 1, 1);
  const ends = data.series.map((s) => {
    const at = s.values.findLastIndex(known);
    const lines = Math.max(1, Math.ceil((String(s.name).length * 6.8) / room));
    return at < 0 ? null : { x: at * across, y: ((s.values[at] - low) / span) * (height - 100), high: lines * 15 };
  }).filter(Boolean);
  return ends.some((a, i) => ends.slice(i + 1).some((b) => Math.abs(a.x - b.x) < room && Math.abs(a.y - b.y) < (a.high + b.high) / 2));
}

function line(data, { width, height }) {
  // On a phone names that would meet stand above the lines, one below the other.
  const above = width < NARROW && data.series.length <= 5 && endsMeet(data, width, height);
  const bands = data.series.filter((s) => s.low).flatMap((s, i) => [
    { type: "line", name: `${s.name} low`, data: s.low, lineStyle: { opacity: 0 }, stack: `band${i}`, symbol: "none", silent: true, tooltip: { show: false } },
    { type: "line", name: `${s.name} high`, data: s.high.map((h, j) => (h === null ? null : h - s.low[j])), lineStyle: { opacity: 0 }, stack: `band${i}`, symbol: "none", silent: true, areaStyle: { color: s.color ?? PALETTE[i], opacity: 0.18 }, tooltip: { show: false } },
  ]);
  return {
    ...base(data),
    tooltip: { ...base(data).tooltip, trigger: "axis", valueFormatter: (v) => format(v, data.decimals) },
    grid: { ...base(data).grid, left: data.y_label ? 34 : 12, ...(above ? { right: 20, top: 24 + data.series.length * 22 } : { right: width < NARROW ? 84 : 130 }) },
    legend: above ? { ...legend(width), type: "plain", orient: "vertical", left: 0, itemGap: 6, data: data.series.map((s) => s.name) } : undefined,
    xAxis: axis(data.x_label, { type: "category", data: data.categories, boundaryGap: false }),
    yAxis: axis(data.y_label, { type: "value", nameGap: 48, scale: data.scale ?? false, axisLabel: { ...text, fontSize: 12, ...number(data) } }),
    series: [...bands, ...data.series.map((s, i) => ({
      type: "line", name: s.name, data: s.values, color: s.color ?? PALETTE[i % PALETTE.length], symbolSize: 6, step: data.step ? "end" : undefined,
      emphasis: { focus: "series" }, lineStyle: { width: s.highlight === false ? 1.5 : 3 }, connectNulls: false,
      endLabel: { show: !above, formatter: (p) => p.seriesName, ...text, fontSize: 12, color: "inherit", width: width < 520 ? 74 : 120, overflow: "break" }, labelLayout: { moveOverlap: "shiftY" },
    }))],
  };
}

function scatter(data, { width }) {
  const groups = [...new Set(data.points.map((p) => p.group))];
  const known = (v) => v !== undefined && v !== null;
  const ranged = data.points.filter((p) => known(p.low) && known(p.high));
  const lying = data.points.filter((p) => known(p.x_low) && known(p.x_high));
  return {
    ...base(data),
    tooltip: { ...base(data).tooltip, formatter: (p) => `${p.data.name}\n${data.x_label}: ${format(p.value[0], 2)}${data.y_categories ? "" : `\n${data.y_label}: ${format(p.value[1], 2)}`}${known(p.data.low) ? ` (${format(p.data.low, 2)} - ${format(p.data.high, 2)})` : ""}` },
    grid: { ...base(data).grid, left: data.y_label ? 34 : 12, right: 48 },
    // x_step: the least distance of two marks, such as 1 for years.
    xAxis: axis(data.x_label, { type: "value", scale: !data.y_categories, minInterval: data.x_step }),
    // Points may stand in rows with a name each (y_categories), and belong to groups, which a legend then names.
    yAxis: data.y_categories
      ? axis("", { type: "category", data: data.y_categories, inverse: true, axisLabel: { ...text, fontSize: 12, lineHeight: 15, width: width < 520 ? 110 : 230, overflow: "break" } })
      : axis(data.y_label, { type: "value", scale: true, nameGap: 48 }),
    legend: groups.length > 1 ? { ...legend(width), icon: "circle" } : undefined,
    series: [...(data.paths ?? []).map((p) => ({ type: "line", data: p.points, showSymbol: false, silent: true, z: 1, tooltip: { show: false }, lineStyle: { color: p.color ?? GREY, width: 2, opacity: 0.6 } })), ...groups.map((group, g) => ({
      type: "scatter", name: group, color: data.points.find((p) => p.group === group).color ?? PALETTE[g % PALETTE.length],
      data: data.points.filter((p) => p.group === group).map((p) => ({ name: p.name, value: [p.x, p.y], low: p.low ?? p.x_low, high: p.high ?? p.x_high, url: p.url, symbolSize: p.size ?? 10, itemStyle: { color: p.color ?? PALETTE[g % PALETTE.length], opacity: 0.8 }, label: { show: Boolean(p.label), formatter: p.label, position: known(p.x_low) ? "top" : "right", ...text, fontSize: 12 } })),
      labelLayout: { hideOverlap: true }, z: 3,
      markLine: data.lines && g === 0 ? { symbol: "none", silent: true, lineStyle: { color: GREY, type: "dashed" }, label: { show: false }, data: data.lines.map((l) => (l.x !== undefined ? { xAxis: l.x } : { yAxis: l.y })) } : undefined,
    })), ...(ranged.length ? [{
      // Intervals: a line from low to high through each point.
      type: "custom", silent: true, z: 2, tooltip: { show: false },
      data: ranged.map((p) => [p.x, p.low, p.high]), encode: { x: 0, y: [1, 2] },
      renderItem: (params, api) => {
        const [x, bottom] = api.coord([api.value(0), api.value(1)]);
        const top = api.coord([api.value(0), api.value(2)])[1];
        return { type: "path", shape: { pathData: `M${x} ${bottom}V${top}M${x - 5} ${bottom}h10M${x - 5} ${top}h10` }, style: { stroke: GREY, lineWidth: 1.5, fill: "none" } };
      },
    }] : []), ...(lying.length ? [{
      // The same across, for points in rows with a name each.
      type: "custom", silent: true, z: 2, tooltip: { show: false },
      data: lying.map((p) => [p.y, p.x_low, p.x_high]), encode: { y: 0, x: [1, 2] },
      renderItem: (params, api) => {
        const [left, y] = api.coord([api.value(1), api.value(0)]);
        const right = api.coord([api.value(2), api.value(0)])[0];
        return { type: "path", shape: { pathData: `M${left} ${y}H${right}M${left} ${y - 5}v10M${right} ${y - 5}v10` }, style: { stroke: GREY, lineWidth: 1.5, fill: "none" } };
      },
    }] : [])],
  };
}

// The largest frame inside the box that keeps the proportions of the nodes' places.
function frame(nodes, width, height) {
  const span = (key) => Math.max(...nodes.map((n) => n[key])) - Math.min(...nodes.map((n) => n[key])) || 1;
  const scale = Math.min(width / span("x"), height / span("y"));
  return { left: "center", top: 24 + (height - span("y") * scale) / 2, width: span("x") * scale, height: span("y") * scale };
}

// The same nodes with columns as far apart as fills the box.
function spread(nodes, width, height) {
  const span = (key) => Math.max(...nodes.map((n) => n[key])) - Math.min(...nodes.map((n) => n[key])) || 1;
  const factor = (width / span("x")) / (height / span("y"));
  return nodes.map((n) => ({ ...n, x: n.x * factor }));
}

function graph(data, { width, height }) {
  const placed = data.nodes.length > 0 && data.nodes.every((n) => n.x !== undefined && n.x !== null);
  const grouped = data.groups?.length > 1;
  const sided = data.nodes.some((n) => n.side); // names stand on both sides of the nodes
  const folded = data.layered && width < NARROW; // columns of a tree on a phone: the whole height, and short words
  const nodes = folded ? spread(data.nodes, width - 90, height - 90) : data.nodes;
  const beside = width < NARROW ? (sided ? 214 : 90) : sided ? 460 : 200;
  const place = placed ? frame(nodes, width - beside, height - (grouped ? 90 : 48)) : { left: 8, right: 8, top: 8, bottom: grouped ? 40 : 8 };
  return {
    ...base(data),
    tooltip: { ...base(data).tooltip, formatter: (p) => (p.dataType === "edge" ? `${p.data.label ?? ""}` : `${p.data.name}\n${p.data.note ?? ""}`) },
    legend: grouped ? { bottom: 0, type: "scroll", textStyle: text, data: data.groups.map((g) => g.name) } : undefined,
    series: [{
      type: "graph", layout: placed ? "none" : "force", roam: true, scaleLimit: { min: 0.4, max: 8 }, ...place,
      categories: (data.groups ?? []).map((g, i) => ({ name: g.name, itemStyle: { color: g.color ?? PALETTE[i % PALETTE.length] } })),
      data: nodes.map((n) => ({ id: String(n.id), name: n.name, note: n.note, x: n.x, y: n.y, category: n.group, url: n.url, symbolSize: n.size ?? 12, symbol: n.symbol ?? "circle", label: { show: Boolean(folded ? n.short : n.label), formatter: (folded ? n.short : n.label) || "", position: n.side ?? "right", ...(sided && width < NARROW ? { width: 84, overflow: "truncate" } : {}), ...text, fontSize: 11, minMargin: 8, textBorderColor: "#fff", textBorderWidth: 3 } })),
      edges: data.edges.map((e) => ({ source: String(e.source), target: String(e.target), label: undefined, value: e.value, lineStyle: { width: e.width ?? 1, color: "#9fb0c0", opacity: 0.6, curveness: 0.08 } })),
      force: { repulsion: 120, edgeLength: [30, 120], gravity: 0.12, friction: 0.3 },
      emphasis: { focus: "adjacency" }, labelLayout: { hideOverlap: true },
    }],
  };
}

function sankey(data, { width }) {
  const right = width < 520 ? 96 : 160;
  const goesOn = new Set(data.edges.map((e) => e.source));
  // Names at the right edge break; those that lie on the bands are cut before the next column.
  const label = (n) => (goesOn.has(n.name) ? { width: width - right - 60, overflow: "truncate" } : { width: right - 12, overflow: "break", lineHeight: 14 });
  return {
    ...base(data),
    tooltip: { ...base(data).tooltip, valueFormatter: (v) => format(v, data.decimals) },
    series: [{
      type: "sankey", left: 8, right, top: 8, bottom: 8, nodeGap: 10, emphasis: { focus: "adjacency" },
      data: data.nodes.map((n, i) => ({ name: n.name, url: n.url, label: label(n), itemStyle: { color: n.color ?? PALETTE[i % PALETTE.length] } })),
      links: data.edges.map((e) => ({ source: e.source, target: e.target, value: e.value })),
      label: { ...text, fontSize: 12 }, lineStyle: { color: "gradient", opacity: 0.35 },
    }],
  };
}

const FIFTHS = ["#e3eef9", "#b3d3f0", "#74aee0", "#2f7fc9", "#00458a"];
const NONE = "#cfd4da";
// The bounds of five parts with equally many values each; none where too few values differ.
function fifths(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = [0, 0.2, 0.4, 0.6, 0.8, 1].map((q) => sorted[Math.round(q * (sorted.length - 1))]);
  return new Set(at).size === 6 ? at : [];
}

function map(data, { echarts, width }) {
  const name = `map-${data.name}`;
  // Points at one place stand round it, so that each can be seen and chosen.
  const spot = (p) => `${p.x.toFixed(2)} ${p.y.toFixed(2)}`;
  const there = {};
  for (const p of data.points ?? []) (there[spot(p)] ??= []).push(p);
  const aside = (p) => {
    const all = there[spot(p)];
    const reach = all.length > 1 ? Math.max(9, (all.length * 15) / (2 * Math.PI)) : 0;
    const turn = (2 * Math.PI * all.indexOf(p)) / all.length;
    return [Math.round(reach * Math.sin(turn)), Math.round(-reach * Math.cos(turn))];
  };
  const dots = (data.points ?? []).map((p) => ({ name: p.name, note: p.note, value: [p.x, p.y], symbolOffset: aside(p), url: p.url, symbolSize: p.size ?? 8, itemStyle: { color: p.color ?? PALETTE[3], opacity: 0.85, borderColor: "#fff", borderWidth: 1 }, label: { show: Boolean(p.label), formatter: p.label ?? "", position: "right", ...text, fontSize: 11, textBorderColor: "#fff", textBorderWidth: 3 } }));
  const areas = data.areas.map((a) => ({ name: a.name, value: a.value ?? NaN, url: a.url, note: a.note }));
  const outline = { borderColor: PALETTE[1], borderWidth: 3 };
  const regions = data.outlined ? [{ name: data.outlined, itemStyle: outline, emphasis: { itemStyle: outline } }] : undefined;
  const values = areas.map((a) => a.value).filter((v) => !Number.isNaN(v));
  const tip = (p) => `${p.name}${p.data?.note ? `\n${p.data.note}` : ""}${p.data && Number.isFinite(p.data.value) ? `\n${data.value_label ?? ""} ${format(p.data.value, data.decimals)}` : ""}`;
  const steps = data.steps ? fifths(values) : [];
  const bounds = (i) => `${format(steps[i], data.decimals)} … ${format(steps[i + 1], data.decimals)}`;
  const scale = steps.length
    ? { type: "piecewise", seriesIndex: 0, left: "center", bottom: 0, orient: "horizontal", itemGap: 8, itemWidth: 14, textGap: 4, textStyle: { ...text, fontSize: 12 }, pieces: steps.slice(0, -1).map((low, i) => ({ ...(i ? { gte: low } : {}), ...(i < steps.length - 2 ? { lt: steps[i + 1] } : {}), label: width < 520 ? format(low, data.decimals) : bounds(i), color: FIFTHS[i] })), outOfRange: { color: NONE } }
    : values.length
    ? { type: "continuous", seriesIndex: 0, min: Math.min(0, ...values), max: Math.max(...values), left: "center", bottom: 0, orient: "horizontal", itemWidth: 14, itemHeight: 120, textStyle: { ...text, fontSize: 12 }, text: [`${format(Math.max(...values), data.decimals)} ${data.value_label ?? ""}`, format(Math.min(0, ...values), data.decimals)], inRange: { color: data.scale ?? ["#eef5fb", "#9cc4e8", "#0059b3"] }, formatter: (v) => format(v, data.decimals) }
    : undefined;
  // A name under a point steps aside, by as much as the point and the name are high.
  for (const { properties: own } of data.geojson.features) {
    const near = own.cp && (data.points ?? []).find((p) => Math.abs(p.y - own.cp[1]) < 0.08 && Math.abs(p.x - own.cp[0]) < 0.2);
    if (near && !data.schematic) own.cp = [own.cp[0], near.y + (own.cp[1] >= near.y ? 0.09 : -0.09)];
  }
  echarts.registerMap(name, data.geojson);
  const geo = { map: name, roam: data.roam ?? false, aspectScale: data.schematic ? 1 : 0.72, layoutCenter: ["50%", scale ? "47%" : "50%"], layoutSize: dots.length && data.points_label ? "86%" : "92%", label: { show: data.labels ?? true, ...text, fontSize: 12, textBorderColor: "#fff", textBorderWidth: 3 }, itemStyle: { areaColor: data.steps ? NONE : "#eef2f6", borderColor: "#fff", borderWidth: data.steps ? 0.6 : 1.5 }, emphasis: { label: { show: true }, itemStyle: { areaColor: "#cfe3f7" } }, select: { disabled: true } };
  return {
    ...base(data),
    tooltip: { ...base(data).tooltip, formatter: tip },
    visualMap: scale,
    geo: { ...geo, regions },
    legend: dots.length && data.points_label ? { top: 0, left: 0, selectedMode: false, textStyle: { ...text, width: width - 60, overflow: "break" }, data: [{ name: data.points_label, icon: "circle", itemStyle: { color: GREY } }] } : undefined,
    series: [{ type: "map", geoIndex: 0, map: name, data: areas }, { type: "scatter", name: data.points_label, coordinateSystem: "geo", data: dots, labelLayout: { hideOverlap: true } }],
  };
}

function heatmap(data, { width }) {
  const values = data.cells.map((c) => c.value).filter((v) => v !== null);
  // With a middle, colours part there: what is below it, what is above it.
  const centred = data.middle !== undefined && data.middle !== null;
  const reach = centred ? Math.max(...values.map((v) => Math.abs(v - data.middle)), 0.0001) : 0;
  const low = centred ? data.middle - reach : Math.min(0, ...values);
  const high = centred ? data.middle + reach : data.high ?? Math.max(...values, 0.0001);
  return {
    ...base(data),
    grid: { ...base(data).grid, bottom: 84 },
    tooltip: { ...base(data).tooltip, formatter: (p) => `${data.rows[p.value[1]]} - ${data.columns[p.value[0]]}: ${format(p.value[2], data.decimals)}` },
    xAxis: axis(data.x_label ?? "", { type: "category", data: data.columns, axisLabel: { ...text, fontSize: 12, rotate: width < NARROW ? 60 : 30 }, nameGap: 36 }),
    yAxis: axis("", { type: "category", data: data.rows, inverse: true }),
    visualMap: { min: low, max: high, calculable: false, orient: "horizontal", left: "center", bottom: 0, itemWidth: 12, text: [format(high, data.decimals), format(low, data.decimals)], inRange: { color: centred ? ["#e0a458", "#fdf6ec", "#ffffff", "#eaf2fb", "#6fa8dc"] : ["#f4f8fc", "#b9d6f0", "#85b6e6"] }, textStyle: text },
    series: [{ type: "heatmap", data: data.cells.map((c) => ({ value: [c.column, c.row, c.value], url: c.url })), label: { show: data.cells.length <= 150, ...text, fontSize: 12, fontWeight: 600, color: INK, formatter: (p) => format(p.value[2], data.decimals) }, itemStyle: { borderColor: "#fff", borderWidth: 2 } }],
  };
}

function timeline(data, { width }) {
  const rows = data.rows;
  return {
    ...base(data),
    tooltip: { ...base(data).tooltip, formatter: (p) => `${p.data.name}\n${p.data.note ?? ""}` },
    grid: { ...base(data).grid, top: 12 },
    xAxis: axis(data.x_label, { type: "time", axisLabel: { ...text, fontSize: 12, hideOverlap: true } }),
    yAxis: axis("", { type: "category", data: rows, inverse: true, axisLabel: { ...text, fontSize: 12, lineHeight: 14, width: roomOf(width), overflow: width < NARROW ? "break" : "truncate" } }),
    series: [{
      type: "custom", encode: { x: [1, 2], y: 0 },
      data: data.bars.map((b) => ({ name: b.name, note: b.note, url: b.url, value: [b.row, b.start, b.end ?? data.today], itemStyle: { color: b.color ?? PALETTE[0] } })),
      renderItem: (params, api) => {
        const start = api.coord([api.value(1), api.value(0)]);
        const end = api.coord([api.value(2), api.value(0)]);
        const height = Math.min(22, api.size([0, 1])[1] * 0.6);
        return { type: "rect", shape: { x: start[0], y: start[1] - height / 2, width: Math.max(3, end[0] - start[0]), height, r: 3 }, style: { fill: api.visual("color") } };
      },
    }],
  };
}

const KINDS = { bar, line, scatter, graph, sankey, map, heatmap, timeline };
// room: {echarts, width, height} of the box that the chart is drawn in.
export const options = (data, room) => KINDS[data.kind](data, room);
