// Console: what one resource writes to its standard output and error, live.

import { fill, h, setText, throttled } from "../lib/dom.js";
import { ansi, plain } from "../lib/ansi.js";
import { subscribe } from "../lib/live.js";
import { openStream } from "../lib/stream.js";
import { emptyState, field, loadingState, pageHead, resourceOptions, searchBox, select, setOptions, toggle } from "../lib/parts.js";
import { count, dateTime, plural, time } from "../lib/format.js";
import { recall, remember } from "../lib/preferences.js";

const KeptLines = 10_000, ShownLines = 1_500, LineCharacters = 8_000, NearEnd = 40;
const levels = ["trace", "debug", "info", "warn", "error", "critical"];
const Urls = /https?:\/\/[^\s"'<>)\]]+/g;

/** Opens the page. */
export function open(root, { parameter, query, setQuery, go }) {
  const resource = parameter ?? "";
  let text = query.get("text") ?? "", level = query.get("level") ?? "", paused = false, follow = true;
  let lines = [], fresh = [], lastNumber = -1, received = false, waiting = 0, stream = null;

  const picker = select(resourceOptions("Choose a resource", resource), resource, name => go(name ? `/console/${encodeURIComponent(name)}` : "/console"));
  const levelPicker = select([["", "All"], ...levels.slice(1).map(name => [name, `${name} and above`])], level, value => {
    level = value;
    setQuery({ level });
    redrawAll();
  });
  const pauseButton = toggle("Pause", false, value => setPaused(value), "pause");
  const followButton = toggle("Follow", true, value => setFollow(value), "down");
  const wrapButton = toggle("Wrap", recall("console.wrap", true), value => {
    remember("console.wrap", value);
    log.classList.toggle("nowrap", !value);
  });
  const counter = h("p", { class: "subtitle", role: "status" });
  const log = h("div", { class: `console-log ${recall("console.wrap", true) ? "" : "nowrap"}`, role: "log", "aria-live": "off", "aria-label": `Console of ${resource || "no resource"}`, tabindex: 0 });
  const note = h("div");
  const head = pageHead(resource ? `Console: ${resource}` : "Console", null,
    field("Resource", picker), field("Level", levelPicker), searchBox("Search the lines", text, value => {
      text = value;
      setQuery({ text });
      redrawSoon();
    }), h("div", { class: "button-group" }, pauseButton, followButton, wrapButton,
      h("button", { type: "button", class: "button", onclick: clear }, "Clear")));
  head.querySelector(".page-title").append(counter);
  fill(root, head, note, log);
  root.classList.add("page-fill");

  const wanted = line => (!level || levels.indexOf(line.level ?? (line.error ? "error" : "info")) >= levels.indexOf(level)) && (!text || line.plain.toLowerCase().includes(text.toLowerCase()));

  const drawNew = throttled(() => {
    if (paused) {
      drawCounter();
      return;
    }
    const batch = fresh.filter(wanted);
    fresh = [];
    waiting = 0;
    log.append(...batch.slice(-ShownLines).map(lineElement));
    trim();
    drawCounter();
    if (follow) log.scrollTop = log.scrollHeight;
  }, 100);

  const redrawAll = () => {
    fresh = [];
    waiting = 0;
    const shown = lines.filter(wanted).slice(-ShownLines);
    log.replaceChildren(...shown.map(lineElement));
    drawCounter();
    if (follow) log.scrollTop = log.scrollHeight;
  };
  const redrawSoon = throttled(redrawAll, 200);

  function trim() {
    while (log.childElementCount > ShownLines) log.firstElementChild.remove();
  }

  function drawCounter() {
    const matching = text || level ? `, ${plural(log.childElementCount, "match", "matches")}` : "";
    setText(counter, !resource ? "" : paused ? `Paused, ${plural(waiting, "new line")} waiting` : `${plural(lines.length, "line")}${lines.length >= KeptLines ? ` (the newest ${count(KeptLines)} are kept)` : ""}${matching}`);
    note.hidden = lines.length > 0;
    log.hidden = lines.length === 0;
    if (!resource) fill(note, emptyState("Choose a resource", "Its console appears here, live.", "console"));
    else if (!received) fill(note, loadingState("Waiting for the first lines …"));
    else if (lines.length === 0) fill(note, emptyState("Nothing written yet", `${resource} has not written a line. It appears here as soon as it does.`, "console"));
  }

  function setPaused(value) {
    paused = value;
    pauseButton.set(value);
    if (value) drawCounter();
    else drawNew();
  }

  function setFollow(value) {
    follow = value;
    followButton.set(value);
    if (value) log.scrollTop = log.scrollHeight;
  }

  function clear() {
    lines = [];
    fresh = [];
    log.replaceChildren();
    drawCounter();
  }

  function lineElement(line) {
    const content = h("span", { class: "line-text" });
    for (const piece of ansi(line.text)) content.append(piece.classes ? h("span", { class: piece.classes }, links(piece.text)) : h("span", null, links(piece.text)));
    if (text) mark(content, text);
    return h("div", { class: `line ${line.error ? "line-error" : ""} ${line.level ? `line-${line.level}` : ""}`.trim() },
      h("span", { class: "line-time", title: dateTime(line.timeMs) }, line.timeMs ? time(line.timeMs) : ""), content);
  }

  log.addEventListener("scroll", () => {
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < NearEnd;
    if (atEnd !== follow && log.childElementCount) {
      follow = atEnd;
      followButton.set(atEnd);
    }
  }, { passive: true });

  const ends = [subscribe("resources", throttled(() => setOptions(picker, resourceOptions("Choose a resource", resource), resource), 500))];
  drawCounter();
  if (resource) {
    stream = openStream(`/api/console/${encodeURIComponent(resource)}`, {
      lines({ lines: batch }) {
        received = true;
        for (const line of batch) {
          if (line.n <= lastNumber) continue; // the backlog again, after a lost connection
          lastNumber = line.n;
          const short = line.text.length > LineCharacters ? `${line.text.slice(0, LineCharacters)} … (${count(line.text.length)} characters)` : line.text;
          const kept = { ...line, text: short, plain: plain(short) };
          lines.push(kept);
          fresh.push(kept);
          waiting++;
        }
        if (lines.length > KeptLines * 1.1) lines = lines.slice(-KeptLines);
        if (fresh.length > KeptLines) fresh = fresh.slice(-KeptLines);
        drawNew();
      },
    }, state => {
      if (state.name === "open") setTimeout(() => {
        received = true;
        drawCounter();
      }, 1500);
    });
  }

  return {
    leave() {
      stream?.close();
      ends.forEach(end => end());
      drawNew.cancel();
      redrawSoon.cancel();
    },
    onkey(event) {
      if (event.key === "p") setPaused(!paused);
    },
  };
}

function links(text) {
  const parts = [];
  let from = 0;
  for (const match of text.matchAll(Urls)) {
    parts.push(text.slice(from, match.index), h("a", { href: match[0], target: "_blank", rel: "noreferrer noopener" }, match[0]));
    from = match.index + match[0].length;
  }
  parts.push(text.slice(from));
  return parts;
}

/** Marks what was searched for, piece by piece of the line. */
function mark(element, text) {
  const needle = text.toLowerCase();
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const nodes = [];
  while (walker.nextNode()) nodes.push(walker.currentNode);
  for (const node of nodes) {
    const at = node.data.toLowerCase().indexOf(needle);
    if (at < 0) continue;
    const hit = node.splitText(at);
    hit.splitText(needle.length);
    const marked = document.createElement("mark");
    hit.replaceWith(marked);
    marked.append(hit);
  }
}
