// Structured logs of all resources, newest first, with filters and the way to their trace.

import { fill, h, keyed, setAttribute, setText, throttled, debounced } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { live, subscribe } from "../lib/live.js";
import { openStream } from "../lib/stream.js";
import { get, queryString } from "../lib/api.js";
import { emptyState, errorState, facts, field, latest, levelBadge, loadingState, pageHead, resourceName, resourceOptions, searchBox, select, setOptions, toggle } from "../lib/parts.js";
import { dateTime, plural, time } from "../lib/format.js";

const Page = 200, Kept = 1000;
const levels = [["", "All levels"], ["debug", "debug and above"], ["info", "info and above"], ["warn", "warn and above"], ["error", "error and above"], ["critical", "critical"]];

/** Opens the page. */
export function open(root, { query, setQuery }) {
  const filters = Object.fromEntries(["resource", "level", "text", "traceId", "spanId"].map(name => [name, query.get(name) ?? ""]));
  let logs = [], next = null, paused = false, waiting = [], stream = null;
  const request = latest();

  const resourcePicker = select(resourceOptions("All resources", filters.resource), filters.resource, value => change({ resource: value }));
  const levelPicker = select(levels, filters.level, value => change({ level: value }));
  const summary = h("p", { class: "subtitle", role: "status" });
  const chips = h("div", { class: "chips" });
  const list = h("ol", { class: "log-list", "aria-label": "Logs, newest first" });
  const note = h("div");
  const more = h("button", { type: "button", class: "button", hidden: true, onclick: () => load(true) }, "Load older");
  const pauseButton = toggle("Pause", false, setPaused, "pause");
  const head = pageHead("Logs", null, field("Resource", resourcePicker), field("Level", levelPicker), searchBox("Search the logs", filters.text, debounced(value => change({ text: value }))), pauseButton);
  head.querySelector(".page-title").append(summary);
  fill(root, head, chips, note, list, h("div", { class: "list-foot" }, more));

  function change(values) {
    Object.assign(filters, values);
    setQuery(filters);
    load(false);
  }

  function drawChips() {
    fill(chips, [["traceId", "Trace"], ["spanId", "Span"]].filter(([name]) => filters[name]).map(([name, word]) =>
      h("span", { class: "chip" }, `${word} ${filters[name]}`, h("button", { type: "button", class: "chip-close", "aria-label": `Remove the filter ${word}`, onclick: () => change(name === "traceId" ? { traceId: "", spanId: "" } : { spanId: "" }) }, icon("close")))),
    filters.traceId && h("a", { class: "button small", href: `/traces/${filters.traceId}` }, icon("traces"), "Open the trace"));
  }

  async function load(older) {
    drawChips();
    if (!older) {
      listen();
      if (logs.length === 0) fill(note, loadingState());
    }
    const { result, error, stale } = await request.run(signal => get("/api/logs", { ...filters, limit: Page, before: older ? next : null }, signal));
    if (stale) return;
    if (error) {
      if (!older) logs = [];
      draw();
      fill(note, errorState(error, () => load(older)));
      return;
    }
    logs = older ? [...logs, ...result.logs] : result.logs;
    waiting = [];
    next = result.next;
    draw();
  }

  function listen() {
    stream?.close();
    stream = openStream(`/api/logs/live${queryString(filters)}`, {
      logs({ logs: batch }) {
        waiting.push(...batch);
        if (waiting.length > Kept) waiting = waiting.slice(-Kept);
        drawSoon();
      },
    });
  }

  const drawSoon = throttled(() => draw(), 250);

  function draw() {
    if (!paused && waiting.length) {
      const known = new Set(logs.slice(0, Page * 2).map(log => log.id));
      const added = waiting.filter(log => !known.has(log.id)).sort((one, other) => other.timeMs - one.timeMs);
      waiting = [];
      logs = [...added, ...logs].slice(0, Kept);
    }
    keyed(list, logs, log => log.id, row);
    more.hidden = !next || logs.length >= Kept;
    setText(summary, paused ? `Paused, ${plural(waiting.length, "new log")} waiting` : logs.length ? `${plural(logs.length, "log")}, newest first${logs.length >= Kept ? `, the newest ${Kept}` : ""}` : "");
    if (logs.length) fill(note);
    else if (Object.values(filters).some(Boolean)) fill(note, emptyState("No log matches", "Loosen the filters, or wait: new ones appear by themselves.", "search"));
    else fill(note, emptyState("No logs yet", "Logs that the resources send over OTLP appear here.", "logs"));
  }

  function setPaused(value) {
    paused = value;
    pauseButton.set(value);
    draw();
  }

  const ends = [subscribe("resources", throttled(() => setOptions(resourcePicker, resourceOptions("All resources", filters.resource), filters.resource), 500)),
    subscribe("connection", () => { if (live.connection.name === "open") load(false); })];
  load(false);

  return {
    leave() {
      stream?.close();
      request.cancel();
      drawSoon.cancel();
      ends.forEach(end => end());
    },
    onkey(event) {
      if (event.key === "p") setPaused(!paused);
    },
  };
}

function row(log) {
  const details = h("div", { class: "log-details" });
  const fold = h("details", null,
    h("summary", null,
      h("span", { class: "log-time", title: dateTime(log.timeMs) }, time(log.timeMs)), levelBadge(log.level), resourceName(log.resource), h("span", { class: "log-message" }, log.message)),
    details);
  fold.addEventListener("toggle", () => {
    if (!fold.open || details.childElementCount) return; // made when it is first seen: a list of hundreds stays small
    fill(details,
      facts([["Time", dateTime(log.timeMs)], ["Category", log.scope], ...log.attributes]),
      log.exception && h("section", { class: "exception" }, h("h3", null, log.exception.type), h("p", null, log.exception.message),
        log.exception.stacktrace && h("pre", { class: "result", tabindex: 0, role: "region", "aria-label": "Stack trace" }, log.exception.stacktrace)),
      log.traceId && h("a", { class: "button small", href: traceLink(log) }, icon("traces"), "Open the trace"));
  });
  const element = h("li", { class: "log-row", dataset: { level: log.level } }, fold,
    log.traceId && h("a", { class: "icon-button log-trace", href: traceLink(log), "aria-label": `Trace of this log, ${time(log.timeMs)}`, title: "Open the trace" }, icon("traces")));
  setAttribute(element, "data-exception", Boolean(log.exception));
  return element;
}

const traceLink = log => `/traces/${log.traceId}${log.spanId ? `?span=${log.spanId}` : ""}`;
