// Flow: the pipeline as it is, drawn from the description that the application gave, with what happens on it right now.

import { fill, h, s, setAttribute, setText, throttled, reducedMotion } from "../lib/dom.js";
import { icon, kindIcon } from "../lib/icons.js";
import { live, subscribe } from "../lib/live.js";
import { get } from "../lib/api.js";
import { layout } from "../lib/flow-layout.js";
import { motion } from "../lib/flow-motion.js";
import { sparkline } from "../lib/charts.js";
import { emptyState, loadingState, pageHead, toggle } from "../lib/parts.js";
import { age, count, duration, measure, percent, rate } from "../lib/format.js";
import { recall, remember } from "../lib/preferences.js";
import { condition } from "./resources.js";

const TallBelow = 860;

/** Opens the page. */
export function open(root, { setTitle }) {
  let shape = null, placed = null, width = 0, known = live.flow;
  const title = h("span", null, "Flow");
  const moves = toggle("Motion", recall("flow.motion", true) && !reducedMotion.matches, value => {
    remember("flow.motion", value);
    run();
  }, "flow");
  const legend = h("p", { class: "subtitle" });
  const gauges = h("div", { class: "gauges", role: "group", "aria-label": "Gauges" });
  const lanes = h("div", { class: "flow-lanes", "aria-hidden": "true" });
  const lines = s("svg", { class: "flow-lines", "aria-hidden": "true", focusable: "false" });
  const canvas = h("canvas", { class: "flow-motion", "aria-hidden": "true" });
  const nodes = h("ul", { class: "flow-nodes", "aria-label": "Parts of the flow" });
  const hops = h("ul", { class: "flow-hops", "aria-label": "Hops, with their rate, latency and errors" });
  const stage = h("div", { class: "flow-stage" }, lanes, lines, canvas, nodes, hops);
  const table = h("tbody");
  const note = h("div");
  const tableFold = h("details", { class: "table-fold" }, h("summary", null, "Show as a table"),
    h("div", { class: "table-scroll", tabindex: 0, role: "region", "aria-label": "Hops" }, h("table", { class: "data-table" }, h("caption", null, "Each hop over the last 10 seconds"),
      h("thead", null, h("tr", null, ["From", "To", "What", "Rate", "p50", "p99", "Errors", "Last"].map(text => h("th", { scope: "col" }, text)))), table)));
  const head = pageHead(title, null, moves);
  head.querySelector(".page-title").append(legend);
  fill(root, head, note, gauges, h("div", { class: "flow-frame" }, stage), tableFold);
  root.classList.add("page-flow");
  const dots = motion(canvas);

  const draw = throttled(() => {
    const flow = known;
    if (!flow) {
      fill(note, loadingState("Waiting for the flow …"));
      return;
    }
    if (!flow.nodes?.length) {
      stage.parentElement.hidden = gauges.hidden = tableFold.hidden = true;
      fill(note, emptyState("No flow is described", flow.problem ?? "Put a file flow.json beside the AppHost's project: lanes, nodes, edges and gauges, with selectors of spans and metrics. The page draws it, live.", "flow"));
      return;
    }
    fill(note);
    stage.parentElement.hidden = tableFold.hidden = false;
    gauges.hidden = !flow.gauges?.length;
    const description = JSON.stringify([flow.title, flow.lanes, flow.nodes.map(({ live: _, ...node }) => node), flow.edges.map(({ live: _, ...edge }) => edge), (flow.gauges ?? []).map(({ live: _, ...gauge }) => gauge)]);
    if (description !== shape) {
      shape = description;
      build(flow);
    }
    update(flow);
  }, 200);

  function build(flow) {
    setText(title, flow.title || "Flow");
    setTitle(flow.title || "Flow");
    fill(gauges, (flow.gauges ?? []).map(createGauge));
    fill(nodes, flow.nodes.map(createNode));
    fill(hops, flow.edges.map(createHop));
    fill(table, flow.edges.map(() => h("tr", null, Array.from({ length: 8 }, (_, index) => h(index ? "td" : "th", index ? null : { scope: "row" })))));
    place(flow);
  }

  function place(flow) {
    width = stage.clientWidth;
    if (!width) return;
    const tall = width < TallBelow;
    stage.classList.toggle("tall", tall);
    placed = layout(flow, { width, tall });
    stage.style.blockSize = `${placed.height}px`;
    lines.setAttribute("viewBox", `0 0 ${placed.width} ${placed.height}`);
    fill(lanes, placed.lanes.map(box => {
      const lane = h("div", { class: "flow-lane" }, h("span", null, flow.lanes.find(candidate => candidate.id === box.id)?.label ?? box.id));
      setBox(lane, box);
      return lane;
    }));
    flow.nodes.forEach((node, index) => setBox(nodes.children[index], placed.nodes.get(node.id)));
    const byEnds = new Map(placed.edges.map(edge => [`${edge.from} ${edge.to}`, edge]));
    const drawn = flow.edges.map(edge => byEnds.get(`${edge.from} ${edge.to}`));
    fill(lines,
      drawn.map(edge => edge && s("g", { class: "flow-edge" },
        s("path", { class: "edge-glow", d: edge.path }), s("path", { class: "edge-line", d: edge.path }), arrow(edge.points))));
    drawn.forEach((edge, index) => {
      const hop = hops.children[index];
      hop.hidden = !edge;
      setAttribute(hop, "data-words", edge?.words);
      if (edge) hop.style.transform = `translate(${edge.label.x.toFixed(1)}px, ${edge.label.y.toFixed(1)}px) translate(${edge.words === "beside" ? "12px" : "-50%"}, -50%)`;
    });
    const style = getComputedStyle(stage);
    dots.setEdges(drawn.map(edge => ({ points: edge?.points ?? [{ x: 0, y: 0, at: 0 }], colour: style.getPropertyValue("--flow-dot").trim(), error: style.getPropertyValue("--error").trim() })), placed.width, placed.height);
    run();
  }

  function update(flow) {
    (flow.gauges ?? []).forEach((gauge, index) => updateGauge(gauges.children[index], gauge));
    flow.nodes.forEach((node, index) => updateNode(nodes.children[index], node));
    const groups = [...lines.querySelectorAll(".flow-edge")];
    flow.edges.forEach((edge, index) => {
      updateHop(hops.children[index], edge, flow);
      const now = edge.live ?? {};
      const level = edgeLevel(now);
      if (groups[index]) {
        groups[index].dataset.level = level;
        groups[index].style.setProperty("--weight", String(1.4 + Math.min(3.2, Math.log10(1 + (now.rate ?? 0)) * 1.5)));
      }
      const cells = [nameOf(flow, edge.from), nameOf(flow, edge.to), edge.label ?? "", rate(now.rate), duration(now.p50Ms), duration(now.p99Ms), now.errors ? `${count(now.errors)} (${percent(now.errorRate)})` : "0", now.lastMs ? `${age(now.lastMs)} ago` : "–"];
      if (tableFold.open) cells.forEach((text, column) => setText(table.children[index].children[column], text));
    });
    const perDot = dots.setRates(flow.edges.map(edge => ({ rate: edge.live?.rate ?? 0, errorRate: edge.live?.errorRate ?? 0 })));
    const moving = moves.getAttribute("aria-pressed") === "true";
    setText(legend, moving ? `Live over the last 10 s · one dot is ${perDot === 1 ? "one event" : `${count(perDot)} events`} · a hop opens an example trace` : "Live over the last 10 s · a hop opens an example trace");
  }

  function run() {
    const moving = moves.getAttribute("aria-pressed") === "true";
    stage.classList.toggle("still", !moving);
    dots.run(moving);
  }

  const resize = throttled(() => { if (known?.nodes?.length && shape && stage.clientWidth !== width) { place(known); update(known); } }, 80);
  const observer = new ResizeObserver(resize);
  observer.observe(stage.parentElement);
  const recolour = () => queueMicrotask(() => { if (placed) { place(known); update(known); } });
  const onMotion = () => {
    moves.set(!reducedMotion.matches && recall("flow.motion", true));
    run();
  };
  reducedMotion.addEventListener("change", onMotion);
  document.addEventListener("theme-choice", recolour);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", recolour);
  const end = subscribe("flow", () => {
    known = live.flow;
    draw();
  });
  if (!known) get("/api/flow").then(flow => {
    known ??= flow;
    draw();
  }, () => {}); // the stream brings it, and the connection's state says what is wrong
  draw();

  return {
    leave() {
      end();
      draw.cancel();
      resize.cancel();
      observer.disconnect();
      dots.stop();
      reducedMotion.removeEventListener("change", onMotion);
      dark.removeEventListener("change", recolour);
      document.removeEventListener("theme-choice", recolour);
    },
    onkey(event) {
      if (event.key === "p") moves.click();
    },
  };
}

const nameOf = (flow, id) => flow.nodes.find(node => node.id === id)?.label ?? id;

function setBox(element, box) {
  if (!box) return;
  element.style.transform = `translate(${box.x.toFixed(1)}px, ${box.y.toFixed(1)}px)`;
  element.style.inlineSize = `${box.width.toFixed(1)}px`;
  element.style.blockSize = `${box.height.toFixed(1)}px`;
}

function arrow(points) {
  const tip = points.at(-1), before = points.at(-4);
  const angle = Math.atan2(tip.y - before.y, tip.x - before.x) * 180 / Math.PI;
  return s("path", { class: "edge-arrow", d: "M-8 -4.5L0 0L-8 4.5", transform: `translate(${tip.x.toFixed(1)} ${tip.y.toFixed(1)}) rotate(${angle.toFixed(1)})` });
}

function edgeLevel(now) {
  if (now.errors > 0) return now.errorRate >= 0.05 ? "error" : "warn";
  return now.rate > 0 ? "ok" : "idle";
}

function createNode(node) {
  const state = h("span", { class: "node-state" });
  const content = [h("span", { class: "node-icon" }, kindIcon(node.kind)), h("span", { class: "node-text" }, h("span", { class: "node-label" }, node.label), state)];
  const card = node.resource
    ? h("a", { class: "node-card", href: `/?resource=${encodeURIComponent(node.resource)}`, title: node.description ?? null }, content)
    : h("div", { class: "node-card", title: node.description ?? null }, content);
  const element = h("li", { class: `flow-node kind-${node.kind}`, dataset: { level: "none" } }, card);
  element.state = state;
  return element;
}

function updateNode(element, node) {
  const words = { actor: "outside", table: "table", stream: "stream", function: "function", service: "service", gateway: "gateway", queue: "queue" };
  if (!node.resource) {
    setText(element.state, words[node.kind] ?? "");
    return;
  }
  const resource = live.resources.get(node.resource);
  const { level, text } = condition(resource ?? { state: node.live?.state ?? "Not known", health: node.live?.health ?? null });
  setAttribute(element, "data-level", level);
  setText(element.state, text.split(", ").at(-1));
}

function createHop(edge) {
  const numbers = h("span", { class: "hop-rate number" });
  const latency = h("span", { class: "hop-latency number" });
  // Who hears the page hears the whole sentence; who sees it sees where the hop stands.
  const [ends, between, tail] = Array.from({ length: 3 }, () => h("span", { class: "visually-hidden" }));
  const main = h("a", { class: "hop" }, ends, h("span", { class: "hop-label" }, edge.label ?? ""), " ", numbers, between, latency, tail);
  const errors = h("a", { class: "hop-errors", hidden: true });
  const element = h("li", { class: "flow-hop", dataset: { level: "idle" } }, main, errors);
  Object.assign(element, { main, ends, between, tail, numbers, latency, errors });
  return element;
}

function updateHop(element, edge, flow) {
  const now = edge.live ?? {};
  setAttribute(element, "data-level", edgeLevel(now));
  setText(element.numbers, now.rate > 0 ? rate(now.rate) : "quiet");
  setText(element.latency, now.rate > 0 && now.p50Ms !== null && now.p50Ms !== undefined ? duration(now.p50Ms) : "");
  const ends = `${nameOf(flow, edge.from)} to ${nameOf(flow, edge.to)}`;
  setAttribute(element.main, "href", now.exampleTraceId ? `/traces/${now.exampleTraceId}` : null);
  setText(element.ends, `${ends}: `);
  setText(element.between, element.latency.textContent ? ", half of them within " : "");
  setText(element.tail, now.exampleTraceId ? ". Opens an example trace" : "");
  setAttribute(element.main, "title", [edge.description ?? ends, now.p99Ms !== null && now.p99Ms !== undefined ? `p50 ${duration(now.p50Ms)}, p99 ${duration(now.p99Ms)}` : null, now.lastMs ? `last ${age(now.lastMs)} ago` : null].filter(Boolean).join("\n"));
  element.errors.hidden = !now.errors;
  if (now.errors) {
    fill(element.errors, icon("warning"), count(now.errors));
    const trace = now.exampleErrorTraceId;
    setAttribute(element.errors, "href", trace ? `/traces/${trace}` : null);
    setAttribute(element.errors, "role", trace ? null : "img");
    setAttribute(element.errors, "aria-label", `${count(now.errors)} errors from ${ends}${trace ? ". Opens a trace with one" : ""}`);
  }
}

function createGauge(gauge) {
  const value = h("span", { class: "gauge-value number" });
  const state = h("span", { class: "gauge-state" });
  const spark = sparkline();
  const inner = [h("span", { class: "gauge-label" }, gauge.label), value, state, spark.element];
  const element = gauge.link ? h("a", { class: "gauge", href: gauge.link, title: gauge.description ?? null }, inner) : h("div", { class: "gauge", title: gauge.description ?? null }, inner);
  Object.assign(element, { value, state, spark });
  return element;
}

function updateGauge(element, gauge) {
  const now = gauge.live ?? {};
  const level = now.level ?? "unknown";
  setAttribute(element, "data-level", level);
  setText(element.value, now.value === null || now.value === undefined ? "–" : measure(now.value, gauge.unit, gauge.stat === "rate"));
  setText(element.state, { warn: "watch it", error: "too high", unknown: "no data yet" }[level] ?? "");
  element.spark.draw(now.history ?? []);
}
