// What moves along the edges: one dot for one event (or for ten, a hundred: the legend says it), on one canvas.

import { pointAt } from "./flow-layout.js";

const Speed = 92, FrameMs = 1000 / 40, DotsPerSecond = 9, MostDots = 600;

/**
 * Moves dots along edges.
 * @param {HTMLCanvasElement} canvas
 * @returns {{setEdges(edges: {points: {x: number, y: number, at: number}[], colour: string, error: string}[], width: number, height: number): void,
 *   setRates(rates: {rate: number, errorRate: number}[]): number, run(on: boolean): void, stop(): void}}
 */
export function motion(canvas) {
  const context = canvas.getContext("2d");
  let edges = [], dots = [], frame = 0, last = 0, perDot = 1, running = false;

  function tick(now) {
    frame = requestAnimationFrame(tick); // stands still by itself while the page is hidden
    const passed = now - last;
    if (passed < FrameMs) return;
    last = now;
    step(Math.min(passed, 100) / 1000);
    draw();
  }

  function step(seconds) {
    for (const edge of edges) {
      edge.due += edge.rate / perDot * seconds;
      if (edge.due >= 1) {
        edge.due %= 1;
        if (dots.length < MostDots) {
          edge.errorDue += edge.errorShare;
          const failed = edge.errorDue >= 1;
          if (failed) edge.errorDue -= 1;
          dots.push({ edge, at: 0, failed });
        }
      }
    }
    dots = dots.filter(dot => (dot.at += Speed * seconds) < dot.edge.points.at(-1).at);
  }

  function draw() {
    const scale = canvas.width / canvas.clientWidth || 1;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, canvas.clientWidth, canvas.clientHeight);
    for (const { edge, at, failed } of dots) {
      const end = edge.points.at(-1).at;
      context.fillStyle = failed ? edge.error : edge.colour;
      const fade = Math.min(1, at / 14, (end - at) / 14);
      for (let tail = 5; tail >= 0; tail--) { // the tail first, the head over it
        const behind = at - tail * 3.2;
        if (behind < 0) continue;
        const { x, y } = pointAt(edge.points, behind);
        context.globalAlpha = fade * (tail === 0 ? 1 : 0.34 * (1 - tail / 6));
        context.beginPath();
        context.arc(x, y, tail === 0 ? (failed ? 4 : 3.2) : 3 - tail * 0.34, 0, Math.PI * 2);
        context.fill();
      }
      const { x, y } = pointAt(edge.points, at);
      context.globalAlpha = fade * 0.16;
      context.beginPath();
      context.arc(x, y, 8.5, 0, Math.PI * 2);
      context.fill();
    }
    context.globalAlpha = 1;
  }

  return {
    setEdges(next, width, height) {
      const scale = Math.min(2, devicePixelRatio || 1);
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(height * scale);
      edges = next.map((edge, index) => ({ ...edge, rate: edges[index]?.rate ?? 0, errorShare: edges[index]?.errorShare ?? 0, due: edges[index]?.due ?? 0, errorDue: edges[index]?.errorDue ?? 0 }));
      dots = [];
      if (running) draw();
    },
    /** Takes the live rates; returns how many events one dot stands for. */
    setRates(rates) {
      const most = Math.max(0, ...rates.map(({ rate }) => rate));
      const wanted = 10 ** Math.max(0, Math.ceil(Math.log10(most / DotsPerSecond || 1)));
      // No flicker between two scales: down again only when it is well below.
      if (wanted > perDot || most < DotsPerSecond * perDot / 10 * 0.8) perDot = wanted;
      rates.forEach(({ rate, errorRate }, index) => {
        if (!edges[index]) return;
        edges[index].rate = rate;
        edges[index].errorShare = rate > 0 ? Math.min(1, errorRate) : 0;
      });
      return perDot;
    },
    run(on) {
      if (on === running) return;
      running = on;
      cancelAnimationFrame(frame);
      if (on) {
        last = performance.now();
        frame = requestAnimationFrame(tick);
      } else {
        dots = [];
        draw();
      }
    },
    stop() {
      running = false;
      cancelAnimationFrame(frame);
    },
  };
}
