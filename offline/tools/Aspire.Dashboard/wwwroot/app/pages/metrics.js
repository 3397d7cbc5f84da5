// Metrics: every instrument received, over time; rates of counters, percentiles of histograms.

import { fill, h, keyed, setAttribute, setText } from "../lib/dom.js";
import { get } from "../lib/api.js";
import { colourOf } from "../lib/colours.js";
import { dataTable, lineChart } from "../lib/charts.js";
import { emptyState, errorState, field, latest, loadingState, pageHead, resourceName, resourceOptions, searchBox, select, setOptions } from "../lib/parts.js";
import { count, measure, plural, rate, unitName } from "../lib/format.js";

const SeriesRefreshMs = 2000, ListRefreshMs = 5000, ShownSeries = 12;
const kinds = { counter: "Counter", updowncounter: "Up-down counter", gauge: "Gauge", histogram: "Histogram" };
const keyOf = instrument => `${instrument.resource}\n${instrument.meter}\n${instrument.name}`;

/** Opens the page. */
export function open(root, { query, setQuery }) {
  const chosen = { resource: query.get("resource") ?? "", meter: query.get("meter") ?? "", name: query.get("name") ?? "" };
  const dimensions = Object.fromEntries([...query].filter(([name]) => name.startsWith("dim.")));
  let instruments = null, text = "", minutes = query.get("minutes") ?? "5", only = chosen.resource;
  const listRequest = latest(), seriesRequest = latest();

  const picker = select(resourceOptions("All resources", only), only, value => {
    only = value;
    drawList();
  });
  const list = h("nav", { class: "instruments", "aria-label": "Instruments" });
  const listNote = h("div");
  const view = h("div", { class: "metric-view" });
  const summary = h("p", { class: "subtitle" });
  const head = pageHead("Metrics", null, field("Resource", picker), searchBox("Find an instrument", "", value => {
    text = value;
    drawList();
  }), field("Window", select([["1", "1 minute"], ["5", "5 minutes"], ["15", "15 minutes"], ["30", "30 minutes"]], minutes, value => {
    minutes = value;
    setQuery({ minutes });
    drawSeries();
  })));
  head.querySelector(".page-title").append(summary);
  fill(root, head, h("div", { class: "metrics-split" }, h("div", { class: "instruments-side" }, listNote, list), view));

  async function loadList() {
    if (!instruments) fill(view, loadingState());
    const { result, error, stale } = await listRequest.run(signal => get("/api/metrics", {}, signal));
    if (stale) return;
    if (error) {
      if (!instruments) fill(view, errorState(error, loadList));
      return;
    }
    const first = !instruments;
    instruments = result.instruments.sort((one, other) => one.name.localeCompare(other.name) || one.resource.localeCompare(other.resource));
    setOptions(picker, resourceOptions("All resources", only, ...instruments.map(instrument => instrument.resource)), only);
    drawList();
    if (first) choose(current() ?? preferred(), true);
    else if (!view.instrument && instruments.length) choose(preferred(), true);
  }

  function current() {
    return instruments.find(instrument => instrument.name === chosen.name && (!chosen.meter || instrument.meter === chosen.meter) && (!chosen.resource || instrument.resource === chosen.resource));
  }

  function preferred() {
    const candidates = instruments.filter(instrument => !only || instrument.resource === only);
    return candidates.find(instrument => instrument.kind === "histogram") ?? candidates[0];
  }

  function drawList() {
    if (!instruments) return;
    const wanted = text.trim().toLowerCase();
    const shown = instruments.filter(instrument => (!only || instrument.resource === only) && (!wanted || [instrument.name, instrument.description, instrument.meter, instrument.resource].some(value => value?.toLowerCase().includes(wanted))));
    keyed(list, shown, keyOf, instrumentLink, markCurrent);
    for (const link of list.children) markCurrent(link);
    setText(summary, instruments.length ? plural(instruments.length, "instrument") : "");
    fill(listNote, instruments.length > 0 && shown.length === 0 && h("p", { class: "faint" }, "No instrument is named so."));
    if (instruments.length === 0) fill(view, emptyState("No metrics yet", "Instruments appear here as soon as a resource has sent its first values over OTLP.", "metrics"));
  }

  function instrumentLink(instrument) {
    const link = h("button", { type: "button", class: "instrument", onclick: () => choose(instrument, false) },
      h("span", { class: "instrument-name" }, instrument.name), h("span", { class: "faint" }, resourceName(instrument.resource), kinds[instrument.kind] ?? instrument.kind));
    link.key = keyOf(instrument);
    return link;
  }

  function markCurrent(link) {
    setAttribute(link, "aria-current", view.instrument && link.key === keyOf(view.instrument) ? "true" : null);
  }

  function choose(instrument, keep) {
    if (!instrument) return;
    if (!keep) {
      setQuery(Object.fromEntries(Object.keys(dimensions).map(name => [name, null])));
      for (const name of Object.keys(dimensions)) delete dimensions[name];
    }
    Object.assign(chosen, { resource: instrument.resource, meter: instrument.meter, name: instrument.name });
    if (!keep) setQuery(chosen);
    view.instrument = instrument;
    for (const link of list.children) {
      markCurrent(link);
      if (keep && link.hasAttribute("aria-current")) link.scrollIntoView({ block: "nearest" }); // named by the address: it may be far down
    }
    build(instrument);
    if (!keep && matchMedia("(max-width: 760px)").matches) view.scrollIntoView({ block: "start" });
    drawSeries();
  }

  function build(instrument) {
    view.charts = instrument.kind === "histogram"
      ? { values: lineChart({ label: `Percentiles of ${instrument.name}` }), rate: lineChart({ label: `Recordings of ${instrument.name} per second`, height: 150 }) }
      : { values: lineChart({ label: instrument.name, height: 300 }) };
    view.table = h("div");
    view.status = h("div");
    view.split = h("div", { class: "metric-series" });
    const filters = Object.entries(instrument.dimensions ?? {}).filter(([, values]) => values.length > 0).map(([key, values]) =>
      field(key, select([["", `All (${values.length})`], ...values.map(value => [value, value])], dimensions[`dim.${key}`] ?? "", value => {
        if (value) dimensions[`dim.${key}`] = value;
        else delete dimensions[`dim.${key}`];
        setQuery({ [`dim.${key}`]: value });
        drawSeries();
      })));
    view.tableFold = h("details", { class: "table-fold", ontoggle: () => drawSeries() }, h("summary", null, "Show as a table"), view.table);
    fill(view,
      h("header", { class: "metric-head" }, h("h2", null, instrument.name), h("p", { class: "subtitle" }, instrument.description || "No description"),
        h("p", { class: "metric-about" }, resourceName(instrument.resource), h("span", { class: "faint" }, `${kinds[instrument.kind] ?? instrument.kind} of ${instrument.meter}`))),
      filters.length > 0 && h("div", { class: "metric-filters", role: "group", "aria-label": "Filters by attribute" }, filters),
      view.status,
      h("figure", { class: "figure" }, h("figcaption", null, caption(instrument)), view.charts.values.element),
      view.charts.rate && h("figure", { class: "figure" }, h("figcaption", null, "Recordings per second"), view.charts.rate.element),
      view.split, view.tableFold,
      instrument.dropped > 0 && h("p", { class: "faint" }, `${count(instrument.dropped)} series or points of this instrument were left out: more than the dashboard keeps.`));
  }

  async function drawSeries() {
    const instrument = view.instrument;
    if (!instrument) return;
    const { result, error, stale } = await seriesRequest.run(signal => get("/api/metrics/series", { resource: instrument.resource, meter: instrument.meter, name: instrument.name, minutes, ...dimensions }, signal));
    if (stale || instrument !== view.instrument) return;
    if (error) {
      fill(view.status, errorState(error, drawSeries));
      return;
    }
    fill(view.status);
    const base = instrument.unit === "By" ? 1024 : 10;
    const frame = { fromMs: result.fromMs, toMs: result.toMs, base };
    if (instrument.kind === "histogram") drawHistogram(instrument, result, frame);
    else drawLines(instrument, result, frame);
  }

  function drawHistogram(instrument, result, frame) {
    const format = value => measure(value, instrument.unit);
    const merged = result.series.slice(0, ShownSeries);
    const several = merged.length > 1;
    const lines = several
      ? merged.map((series, index) => ({ name: `${nameOf(series.attributes)} p99`, colour: index, points: series.p99 }))
      : merged.flatMap(series => [
        { name: "max", colour: "max", points: series.max ?? [], dashed: true }, { name: "p99", colour: "p99", points: series.p99 },
        { name: "p90", colour: "p90", points: series.p90 }, { name: "p50", colour: "p50", points: series.p50, area: true },
      ]);
    view.charts.values.draw({ ...frame, series: lines, format });
    const rates = merged.map((series, index) => ({ name: several ? nameOf(series.attributes) : "rate", colour: several ? index : colourOf(instrument.resource), points: series.count, area: !several }));
    view.charts.rate.draw({ ...frame, base: 10, series: rates, format: rate });
    fill(view.split, several && h("p", { class: "faint" }, `One line for each combination of attributes${result.series.length > ShownSeries ? `, the first ${ShownSeries} of ${result.series.length}` : ""}. Choose attributes above for all percentiles of one.`));
    if (view.tableFold.open) fill(view.table, dataTable(`${instrument.name}, newest first`, lines, value => value === null || value === undefined ? "–" : format(value)));
  }

  function drawLines(instrument, result, frame) {
    const perSecond = instrument.kind === "counter";
    const format = value => measure(value, instrument.unit, perSecond);
    const shown = result.series.slice(0, ShownSeries);
    const lines = shown.map((series, index) => ({ name: nameOf(series.attributes), colour: shown.length > 1 ? index : colourOf(instrument.resource), points: series.points.map(([ms, value]) => [ms, value]), area: shown.length === 1 }));
    view.charts.values.draw({ ...frame, series: lines, format });
    const totals = perSecond ? shown.map(series => [nameOf(series.attributes), series.points.findLast(point => point[2] !== null && point[2] !== undefined)?.[2]]).filter(([, total]) => total !== undefined) : [];
    fill(view.split, totals.length > 0 && h("p", { class: "faint" }, `Since the start: ${totals.map(([name, total]) => `${name === "all" ? "" : `${name} `}${measure(total, instrument.unit)}`).join(", ")}.`),
      result.series.length > ShownSeries && h("p", { class: "faint" }, `The first ${ShownSeries} of ${result.series.length} series.`));
    if (view.tableFold.open) fill(view.table, dataTable(`${instrument.name}, newest first`, lines, value => value === null || value === undefined ? "–" : format(value)));
  }

  const seriesTimer = setInterval(() => { if (!document.hidden) drawSeries(); }, SeriesRefreshMs);
  const listTimer = setInterval(() => { if (!document.hidden) loadList(); }, ListRefreshMs);
  loadList();

  return {
    leave() {
      clearInterval(seriesTimer);
      clearInterval(listTimer);
      listRequest.cancel();
      seriesRequest.cancel();
    },
  };
}

function nameOf(attributes) {
  const values = Object.values(attributes ?? {});
  return values.length ? values.join(" · ") : "all";
}

function caption(instrument) {
  if (instrument.kind === "histogram") return `Percentiles${unitName(instrument.unit) ? `, ${unitName(instrument.unit)}` : ""}`;
  if (instrument.kind === "counter") return unitName(instrument.unit, true).replace(/^./, first => first.toUpperCase());
  return unitName(instrument.unit).replace(/^./, first => first.toUpperCase()) || "Value";
}
