// One trace as a waterfall: a tree of spans over a time ruler. Only the rows in sight are elements, whatever the trace's size.

import { debounced, fill, h, setAttribute, setText, throttled } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { colourOf } from "../lib/colours.js";
import { get } from "../lib/api.js";
import { live, subscribe } from "../lib/live.js";
import { copyButton, iconButton } from "../lib/dialogs.js";
import { emptyState, errorState, facts, latest, loadingState, pageHead, resourceName, searchBox } from "../lib/parts.js";
import { dateTime, duration, plural, ticks, time } from "../lib/format.js";
import { rowsOf, treeOf } from "../lib/waterfall.js";

const Spare = 8, GrowingMs = 20_000, LongLinks = 20;
const kinds = { server: "server", client: "client", producer: "producer", consumer: "consumer", internal: "internal" };

/** Opens the page. */
export function open(root, { parameter: traceId, query, setQuery, setTitle }) {
  let trace = null, tree = null, rows = [], closed = new Set(), selected = query.get("span"), focused = null, text = "", matches = new Set(), gone = false;
  const request = latest();
  const narrow = matchMedia("(max-width: 760px)");

  const note = h("div");
  const body = h("div", { class: "split trace-split", hidden: true });
  fill(root, note, body);
  root.classList.add("page-fill");

  const subtitle = h("p", { class: "subtitle" });
  const legend = h("ul", { class: "legend", "aria-label": "Resources of this trace" });
  const ruler = h("div", { class: "ruler-ticks", "aria-hidden": "true" });
  const canvas = h("div", { class: "waterfall-rows", role: "rowgroup" });
  const grid = h("div", { class: "waterfall-scroll", role: "treegrid", "aria-label": "Spans of this trace", "aria-colcount": 2 },
    h("div", { class: "waterfall-ruler", role: "row", "aria-rowindex": 1 }, h("span", { role: "columnheader", class: "ruler-name" }, "Span"), h("span", { role: "columnheader", class: "ruler" }, h("span", { class: "visually-hidden" }, "Time"), ruler)),
    canvas);
  const panel = h("aside", { class: "panel", "aria-label": "Span details", hidden: true });
  const search = searchBox("Find in this trace", "", debounced(value => {
    text = value.trim().toLowerCase();
    findMatches();
    const first = rows.find(span => matches.has(span.spanId));
    if (text && first) reveal(first);
    draw();
  }, 120));
  const nextError = h("button", { type: "button", class: "button", hidden: true, onclick: goToError }, icon("warning"), h("span", null, "Next error"));
  const fold = h("button", { type: "button", class: "button", onclick: foldAll }, "Collapse all");

  async function load(first) {
    if (first) fill(note, loadingState());
    const { result, error, stale } = await request.run(signal => get(`/api/traces/${encodeURIComponent(traceId)}`, {}, signal));
    if (stale || gone) return;
    if (error) {
      if (!first && trace) return; // what is shown stays; the newer state was pushed out of memory
      body.hidden = true;
      fill(note, h("div", null, backLink(), h("h1", { tabindex: -1, class: "visually-hidden" }, "Trace"), error.status === 404
        ? emptyState("This trace is not here", "It has not arrived yet, or newer ones have pushed it out of the dashboard's memory.", "traces", h("button", { type: "button", class: "button", onclick: () => load(true) }, "Look again"), h("a", { class: "button", href: "/traces" }, "All traces"))
        : errorState(error, () => load(true))));
      return;
    }
    trace = result;
    tree = treeOf(trace);
    rows = rowsOf(tree.roots, closed);
    if (!body.childElementCount) build();
    fill(note);
    body.hidden = false;
    drawHead();
    findMatches();
    const span = selected && tree.byId.get(selected);
    if (first && span) {
      reveal(span);
      select(span, false);
    } else {
      focused = focused && tree.byId.has(focused) ? focused : rows[0]?.spanId ?? null;
      draw();
      if (span) drawPanel(span);
    }
  }

  function build() {
    const rootSpan = tree.roots[0];
    const head = pageHead(rootSpan?.name ?? "Trace", null, search, h("div", { class: "button-group" }, nextError, fold), copyButton(() => location.href, "Copy link", { class: "button" }));
    head.prepend(backLink());
    head.querySelector(".page-title").append(subtitle);
    setTitle(`Trace ${rootSpan?.name ?? ""}`.trim());
    fill(body, h("div", { class: "split-main trace-main" }, head, legend, h("div", { class: "waterfall" }, grid)), panel);
  }

  function backLink() {
    return h("a", { class: "back", href: "/traces" }, icon("chevron", "back-icon"), "Traces");
  }

  function drawHead() {
    const errors = tree.all.filter(span => span.status === "error").length;
    fill(subtitle, h("span", { title: dateTime(trace.startMs) }, time(trace.startMs)), " · ", h("strong", null, duration(trace.durationMs)), ` · ${plural(tree.all.length, "span")} · `,
      errors ? h("span", { class: "text-error" }, plural(errors, "error")) : "no errors", " · ", h("code", { class: "trace-id" }, traceId));
    nextError.hidden = errors === 0;
    fill(legend, tree.resources.map(({ name, spans, errors: failed, selfMs }) =>
      h("li", { dataset: { colour: colourOf(name) } }, h("i", { class: "swatch", "aria-hidden": "true" }), h("span", null, name), h("span", { class: "faint" }, `${plural(spans, "span")}, ${duration(selfMs)} itself${failed ? `, ${plural(failed, "error")}` : ""}`))));
    fill(ruler, ticks(0, trace.durationMs, narrow.matches ? 2 : 5).filter(tick => tick <= trace.durationMs * 0.97).map(tick => {
      const element = h("span", { class: "ruler-tick" }, duration(tick));
      element.style.insetInlineStart = `${(tick / (trace.durationMs || 1) * 100).toFixed(3)}%`;
      return element;
    }));
    setAttribute(grid, "aria-rowcount", rows.length + 1);
  }

  const rowHeight = () => narrow.matches ? 46 : 30;
  const shown = new Map();

  function draw() {
    if (!tree) return;
    const height = rowHeight();
    canvas.style.blockSize = `${rows.length * height}px`;
    const top = Math.max(0, grid.scrollTop - 36);
    const from = Math.max(0, Math.floor(top / height) - Spare);
    const to = Math.min(rows.length, Math.ceil((top + grid.clientHeight) / height) + Spare);
    const wanted = new Map();
    for (let index = from; index < to; index++) wanted.set(rows[index].spanId, index);
    const focusIndex = rows.findIndex(span => span.spanId === focused);
    if (focusIndex >= 0) wanted.set(focused, focusIndex); // the focused row stays an element even out of sight
    for (const [id, element] of shown) {
      if (wanted.has(id) && element.span === tree.byId.get(id)) continue;
      element.remove();
      shown.delete(id);
    }
    for (const [id, index] of wanted) {
      let element = shown.get(id);
      if (!element) shown.set(id, element = createRow(rows[index]));
      place(element, rows[index], index, height);
    }
    // In the order of the tree, also for those who read the page in its order.
    const ordered = [...shown.values()].sort((one, other) => one.index - other.index);
    ordered.forEach((element, index) => {
      if (canvas.children[index] !== element) canvas.insertBefore(element, canvas.children[index] ?? null);
    });
    setText(fold, closed.size ? "Expand all" : "Collapse all");
    setAttribute(grid, "aria-rowcount", rows.length + 1);
  }

  function createRow(span) {
    const left = (span.startMs - trace.startMs) / (trace.durationMs || 1) * 100;
    const width = span.durationMs / (trace.durationMs || 1) * 100;
    const bar = h("i", { class: "bar" });
    bar.style.insetInlineStart = `${Math.min(99.6, left).toFixed(3)}%`;
    bar.style.inlineSize = `max(2px, ${width.toFixed(3)}%)`;
    const label = h("span", { class: "bar-label" }, duration(span.durationMs));
    if (left + width < 72) label.style.insetInlineStart = `calc(${Math.min(99.6, left + width).toFixed(3)}% + 7px)`;
    else if (left > 28) label.style.insetInlineEnd = `calc(${(100 - left).toFixed(3)}% + 7px)`;
    else {
      label.style.insetInlineStart = `calc(${left.toFixed(3)}% + 7px)`;
      label.classList.add("inside");
    }
    const events = span.events.slice(0, 50).map(event => {
      const dot = h("i", { class: `event-dot ${event.name === "exception" ? "error" : ""}` });
      dot.style.insetInlineStart = `${Math.min(100, Math.max(0, (event.timeMs - trace.startMs) / (trace.durationMs || 1) * 100)).toFixed(3)}%`;
      return dot;
    });
    const opener = h("span", { class: "opener" }, span.children.length ? icon("chevron") : null);
    opener.addEventListener("click", event => {
      if (!span.children.length) return;
      event.stopPropagation();
      setClosed(span, !closed.has(span.spanId));
    });
    const name = h("span", { class: "span-name" }, h("span", { class: "span-resource" }, span.resource), h("span", { class: "span-title" }, span.name));
    const marks = [
      span.status === "error" && icon("warning", "mark-error"),
      (span.links.length > 0 || span.linkedFrom.length > 0) && icon("link", "mark-link"),
      span.orphan && h("span", { class: "badge warn" }, "parent missing"),
    ];
    const cell = h("span", { class: "span-cell", role: "gridcell" }, opener, h("i", { class: "swatch", "aria-hidden": "true" }), name, ...marks);
    cell.style.setProperty("--depth", String(Math.min(span.depth, 24)));
    const element = h("div", {
      class: `waterfall-row ${span.status === "error" ? "failed" : ""}`, role: "row", dataset: { colour: colourOf(span.resource), span: span.spanId },
      "aria-level": span.depth + 1, "aria-label": [span.name, span.resource, duration(span.durationMs), span.status === "error" ? "error" : ""].filter(Boolean).join(", "),
      onclick: () => select(span, false), onfocus: () => { focused = span.spanId; },
    }, cell, h("span", { class: "track", role: "gridcell", "aria-label": `starts after ${duration(span.startMs - trace.startMs)}, lasts ${duration(span.durationMs)}` }, bar, ...events, label));
    element.span = span;
    return element;
  }

  function place(element, span, index, height) {
    element.index = index;
    element.style.transform = `translateY(${index * height}px)`;
    setAttribute(element, "aria-rowindex", index + 2);
    setAttribute(element, "aria-selected", String(span.spanId === selected));
    setAttribute(element, "aria-expanded", span.children.length ? String(!closed.has(span.spanId)) : null);
    setAttribute(element, "tabindex", span.spanId === focused ? 0 : -1);
    element.classList.toggle("dimmed", Boolean(text) && !matches.has(span.spanId));
  }

  function findMatches() {
    matches = new Set(!text || !tree ? [] : tree.all.filter(span => [span.name, span.resource, span.scope, span.statusMessage, ...span.attributes.flat()]
      .some(value => String(value ?? "").toLowerCase().includes(text))).map(span => span.spanId));
  }

  function reveal(span) {
    for (let above = span.parent; above; above = above.parent) closed.delete(above.spanId);
    rows = rowsOf(tree.roots, closed);
    const index = rows.indexOf(span), height = rowHeight();
    if (index * height < grid.scrollTop || (index + 1) * height > grid.scrollTop + grid.clientHeight - 40) grid.scrollTop = Math.max(0, index * height - grid.clientHeight / 2);
  }

  function setClosed(span, value) {
    if (value) closed.add(span.spanId);
    else closed.delete(span.spanId);
    rows = rowsOf(tree.roots, closed);
    if (!rows.some(row => row.spanId === focused)) focused = span.spanId;
    draw();
  }

  function foldAll() {
    closed = closed.size ? new Set() : new Set(tree.all.filter(span => span.children.length && span.depth > 0).map(span => span.spanId));
    rows = rowsOf(tree.roots, closed);
    if (!rows.some(row => row.spanId === focused)) focused = rows[0]?.spanId ?? null;
    draw();
  }

  function goToError() {
    const failed = rowsOf(tree.roots, new Set()).filter(span => span.status === "error");
    const at = failed.findIndex(span => span.spanId === selected);
    select(failed[(at + 1) % failed.length], true);
  }

  function select(span, moveFocus) {
    selected = focused = span.spanId;
    setQuery({ span: selected });
    reveal(span);
    draw();
    drawPanel(span);
    if (moveFocus) shown.get(selected)?.focus({ preventScroll: true });
  }

  function closePanel() {
    panel.hidden = true;
    panel.spanId = null;
    selected = null;
    setQuery({ span: null });
    draw();
    shown.get(focused)?.focus({ preventScroll: true });
  }

  function drawPanel(span) {
    const version = `${span.spanId} ${trace.spans.length} ${span.linkedFrom.length}`;
    panel.hidden = false;
    if (panel.version === version) return;
    panel.version = version;
    fill(panel, spanDetails(span, trace, closePanel));
    panel.scrollTop = 0;
  }

  grid.addEventListener("scroll", throttled(draw, 16), { passive: true });
  grid.addEventListener("keydown", event => {
    const index = rows.findIndex(span => span.spanId === focused);
    const span = rows[index];
    if (!span || event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(grid.clientHeight / rowHeight()) - 2);
    const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -rows.length, End: rows.length };
    if (event.key in moves) move(rows[Math.min(rows.length - 1, Math.max(0, index + moves[event.key]))]);
    else if (event.key === "ArrowRight") {
      if (span.children.length && closed.has(span.spanId)) setClosed(span, false);
      else if (span.children.length) move(span.children[0]);
    } else if (event.key === "ArrowLeft") {
      if (span.children.length && !closed.has(span.spanId)) setClosed(span, true);
      else if (span.parent) move(span.parent);
    } else if (event.key === "Enter" || event.key === " ") {
      select(span, false);
      panel.querySelector("h2")?.focus({ preventScroll: true });
    } else return;
    event.preventDefault();
  });

  function move(span) {
    focused = span.spanId;
    const index = rows.indexOf(span), height = rowHeight();
    if (index * height < grid.scrollTop) grid.scrollTop = index * height;
    else if ((index + 1) * height + 36 > grid.scrollTop + grid.clientHeight) grid.scrollTop = (index + 1) * height + 40 - grid.clientHeight;
    draw();
    shown.get(focused)?.focus({ preventScroll: true });
    if (!panel.hidden) select(span, true);
  }

  // A trace may still grow when it is opened from a fresh link.
  const opened = Date.now();
  const grow = throttled(() => { if (Date.now() - opened < GrowingMs || !trace) load(!trace); }, 1500);
  const resized = throttled(() => {
    if (tree) {
      drawHead();
      draw();
    }
  }, 100);
  const observer = new ResizeObserver(resized);
  observer.observe(grid);
  const end = subscribe("telemetry", () => { if (live.telemetry.receivedPerSecond?.spans !== 0 && Date.now() - opened > 1000) grow(); });
  load(true);

  return {
    leave() {
      gone = true;
      request.cancel();
      grow.cancel();
      resized.cancel();
      observer.disconnect();
      end();
    },
    onkey(event) {
      if (event.key === "Escape" && !panel.hidden) closePanel();
    },
  };
}

function spanDetails(span, trace, close) {
  return [
    h("header", { class: "panel-head" }, h("h2", { tabindex: -1 }, span.name), iconButton("close", "Close details", close, { class: "icon-button panel-close" })),
    h("div", { class: "panel-body" },
      h("p", { class: "span-about" }, resourceName(span.resource), span.status === "error" ? h("span", { class: "badge error" }, icon("warning"), "error") : span.status === "ok" ? h("span", { class: "badge ok" }, icon("check"), "ok") : null),
      span.statusMessage && h("p", { class: "text-error" }, span.statusMessage),
      facts([["Duration", duration(span.durationMs)], ["Itself", span.children.length ? duration(span.selfMs) : null], ["Starts after", duration(span.startMs - trace.startMs)], ["Kind", kinds[span.kind] ?? span.kind], ["Source", span.scope], ["Span id", span.spanId]]),
      h("div", { class: "panel-links" },
        h("a", { class: "button small", href: `/logs?traceId=${trace.traceId}&spanId=${span.spanId}` }, icon("logs"), "Logs of this span"),
        h("a", { class: "button small", href: `/logs?traceId=${trace.traceId}` }, icon("logs"), "Logs of the trace")),
      span.attributes.length > 0 && part("Attributes", facts(span.attributes)),
      span.events.length > 0 && part("Events", span.events.map(event => h("div", { class: `span-event ${event.name === "exception" ? "error" : ""}` },
        h("h4", null, event.name, h("span", { class: "faint" }, ` after ${duration(event.timeMs - trace.startMs)}`)), stackFacts(event.attributes)))),
      span.links.length > 0 && part("Links to", linkList(span.links.map(link => ({ ...link, text: `Trace ${link.traceId.slice(0, 8)}, span ${link.spanId.slice(0, 8)}` })))),
      span.linkedFrom.length > 0 && part("Linked from", linkList(span.linkedFrom.map(link => ({ ...link, known: true, attributes: [], text: link.name }))))),
  ];
}

const part = (title, ...content) => h("section", { class: "panel-section" }, h("h3", null, title), ...content);

function linkList(links) {
  return h("ul", { class: "span-links" }, links.slice(0, LongLinks).map(link => h("li", null,
    link.known ? h("a", { href: `/traces/${link.traceId}?span=${link.spanId}` }, icon("link"), link.text) : h("span", { class: "faint" }, `${link.text} (not in memory)`),
    link.resource && resourceName(link.resource), link.attributes.length > 0 && facts(link.attributes))),
  links.length > LongLinks && h("li", { class: "faint" }, `and ${links.length - LongLinks} more`));
}

function stackFacts(attributes) {
  const stack = attributes.find(([name]) => name === "exception.stacktrace");
  return [facts(attributes.filter(pair => pair !== stack)), stack && h("pre", { class: "result", tabindex: 0, role: "region", "aria-label": "Stack trace" }, stack[1])];
}
