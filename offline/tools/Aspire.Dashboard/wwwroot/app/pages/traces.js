// Traces: the newest, with filters; each leads to its waterfall.

import { debounced, fill, h, keyed, setText, throttled } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { colourOf } from "../lib/colours.js";
import { live, subscribe } from "../lib/live.js";
import { get } from "../lib/api.js";
import { emptyState, errorState, field, latest, loadingState, pageHead, resourceOptions, searchBox, select, setOptions, toggle } from "../lib/parts.js";
import { dateTime, duration, plural, time } from "../lib/format.js";

const Page = 100, Kept = 1000, RefreshMs = 2000;
const shortest = [["", "Any duration"], ["10", "10 ms and longer"], ["50", "50 ms and longer"], ["100", "100 ms and longer"], ["500", "500 ms and longer"], ["1000", "1 s and longer"], ["5000", "5 s and longer"]];

/** Opens the page. */
export function open(root, { query, setQuery }) {
  const filters = Object.fromEntries(["resource", "minMs", "errors", "text"].map(name => [name, query.get(name) ?? ""]));
  let traces = [], next = null, paused = false, loaded = false, older = false;
  const request = latest();

  const resourcePicker = select(resourceOptions("All resources", filters.resource), filters.resource, value => change({ resource: value }));
  const known = shortest.some(([value]) => value === filters.minMs) ? shortest : [...shortest, [filters.minMs, `${duration(Number(filters.minMs))} and longer`]];
  const durationPicker = select(known, filters.minMs, value => change({ minMs: value }));
  const errorsButton = toggle("Errors only", filters.errors === "true", value => change({ errors: value ? "true" : "" }), "warning");
  const pauseButton = toggle("Pause", false, setPaused, "pause");
  const summary = h("p", { class: "subtitle" });
  const list = h("ol", { class: "trace-list", "aria-label": "Traces, newest first" });
  const heads = h("div", { class: "trace-heads", "aria-hidden": "true" }, ["Started", "Trace", "Resources and their spans", "Duration"].map(text => h("span", null, text)));
  const note = h("div");
  const more = h("button", { type: "button", class: "button", hidden: true, onclick: () => load(true) }, "Load older");
  const head = pageHead("Traces", null, field("Resource", resourcePicker), field("Duration", durationPicker),
    searchBox("Search the traces", filters.text, debounced(value => change({ text: value }))), h("div", { class: "button-group" }, errorsButton, pauseButton));
  head.querySelector(".page-title").append(summary);
  fill(root, head, note, heads, list, h("div", { class: "list-foot" }, more));

  function change(values) {
    Object.assign(filters, values);
    setQuery(filters);
    older = false;
    load(false);
  }

  async function load(append) {
    if (!loaded) fill(note, loadingState());
    const { result, error, stale } = await request.run(signal => get("/api/traces", { ...filters, limit: Page, before: append ? next : null }, signal));
    if (stale) return;
    loaded = true;
    if (error) {
      traces = [];
      draw();
      fill(note, errorState(error, () => load(append)));
      return;
    }
    older ||= append;
    traces = append ? [...traces, ...result.traces] : result.traces;
    next = result.next;
    draw();
  }

  function draw() {
    // Square root: a trace of 5 ms is still seen beside one of a second.
    const longest = Math.max(1, ...traces.map(trace => trace.durationMs));
    const share = trace => Math.sqrt(trace.durationMs / longest);
    keyed(list, traces, trace => trace.traceId, trace => createRow(trace, share), (element, trace) => updateRow(element, trace, share));
    heads.hidden = traces.length === 0;
    more.hidden = !next || traces.length >= Kept;
    setText(summary, traces.length ? `${plural(traces.length, "trace")}, newest first${paused ? ", paused" : ""}` : "");
    if (traces.length) fill(note);
    else if (Object.values(filters).some(Boolean)) fill(note, emptyState("No trace matches", "Loosen the filters, or wait: new ones appear by themselves.", "search"));
    else fill(note, emptyState("No traces yet", "Send the system a request: its trace appears here within a second or two.", "traces"));
  }

  // New ones come by themselves as long as they do not move what somebody reads: not while paused, scrolled down, paged on or focused.
  const main = document.getElementById("main");
  const refresh = throttled(() => {
    if (!paused && !older && main.scrollTop < 40 && document.documentElement.scrollTop < 40 && !list.contains(document.activeElement) && !list.matches(":hover")) load(false);
  }, RefreshMs);

  function setPaused(value) {
    paused = value;
    pauseButton.set(value);
    if (!value) {
      older = false;
      load(false);
    } else draw();
  }

  let seen = -1;
  const ends = [
    subscribe("telemetry", () => {
      if (live.telemetry.spans === seen && !live.telemetry.receivedPerSecond?.spans) return;
      seen = live.telemetry.spans;
      refresh();
    }),
    subscribe("resources", throttled(() => setOptions(resourcePicker, resourceOptions("All resources", filters.resource), filters.resource), 500)),
  ];
  load(false);

  return {
    leave() {
      request.cancel();
      refresh.cancel();
      ends.forEach(end => end());
    },
    onkey(event) {
      if (event.key === "p") setPaused(!paused);
    },
  };
}

function createRow(trace, share) {
  const bar = h("i", { class: "trace-bar", "aria-hidden": "true" });
  const chips = h("span", { class: "trace-resources" });
  const number = h("span", { class: "number" });
  const badge = h("span", { class: "badge error", hidden: true });
  const name = h("span", { class: "trace-name" });
  const link = h("a", { class: "trace-row", href: `/traces/${trace.traceId}` },
    h("span", { class: "trace-start number", title: dateTime(trace.startMs) }, time(trace.startMs)),
    h("span", { class: "trace-title" }, name, badge),
    chips,
    h("span", { class: "trace-duration" }, number, h("span", { class: "trace-track", "aria-hidden": "true" }, bar)));
  const element = h("li", null, link);
  Object.assign(element, { bar, chips, number, badge, name, link });
  updateRow(element, trace, share);
  return element;
}

function updateRow(element, trace, share) {
  element.bar.style.inlineSize = `${Math.max(1.5, share(trace) * 100).toFixed(1)}%`;
  const version = `${trace.spans} ${trace.errors} ${trace.durationMs} ${trace.name}`;
  if (element.version === version) return;
  element.version = version;
  element.link.dataset.colour = colourOf(trace.resource ?? "");
  element.link.dataset.level = trace.errors ? "error" : "ok";
  setText(element.name, trace.rootMissing ? `${trace.name} (its root has not arrived)` : trace.name);
  setText(element.number, duration(trace.durationMs));
  element.badge.hidden = !trace.errors;
  fill(element.badge, icon("warning"), plural(trace.errors, "error"));
  fill(element.chips, trace.resources.map(({ name, spans, errors }) =>
    h("span", { class: "resource-chip", dataset: { colour: colourOf(name), level: errors ? "error" : "ok" } }, h("i", { class: "swatch", "aria-hidden": "true" }), h("span", null, name), h("b", null, String(spans)), h("span", { class: "visually-hidden" }, spans === 1 ? " span" : " spans"))));
}
