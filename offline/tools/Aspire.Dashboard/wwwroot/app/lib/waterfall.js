// The order of a trace's spans as a tree, without any element: what the waterfall draws.

/**
 * Sorts spans into a tree and adds to each its depth, children, and what it did itself (its duration without its children's).
 * A span whose parent is not there is a root of its own, marked as an orphan by the server.
 * @param {object} trace as the API gives it
 * @returns {{roots: object[], all: object[], byId: Map<string, object>, resources: {name: string, spans: number, errors: number, selfMs: number}[]}}
 */
export function treeOf(trace) {
  const all = trace.spans.map(span => ({ ...span, children: [], depth: 0, parent: null, endMs: span.startMs + span.durationMs }));
  const byId = new Map(all.map(span => [span.spanId, span]));
  const roots = [];
  for (const span of all) {
    const parent = span.parentId && span.parentId !== span.spanId ? byId.get(span.parentId) : undefined;
    if (parent && !isBelow(parent, span)) {
      span.parent = parent;
      parent.children.push(span);
    } else roots.push(span);
  }
  const byStart = (one, other) => one.startMs - other.startMs || other.durationMs - one.durationMs;
  roots.sort(byStart);
  const resources = new Map();
  const stack = [...roots].reverse();
  while (stack.length) { // no recursion: a trace may be thousands of spans deep
    const span = stack.pop();
    span.depth = span.parent ? span.parent.depth + 1 : 0;
    span.children.sort(byStart);
    span.selfMs = selfTime(span);
    const entry = resources.get(span.resource) ?? { name: span.resource, spans: 0, errors: 0, selfMs: 0 };
    entry.spans++;
    entry.selfMs += span.selfMs;
    if (span.status === "error") entry.errors++;
    resources.set(span.resource, entry);
    for (let index = span.children.length - 1; index >= 0; index--) stack.push(span.children[index]);
  }
  return { roots, all, byId, resources: [...resources.values()] };
}

/** Whether `span` stands above `candidate` already: broken ids must not make a circle. */
function isBelow(candidate, span) {
  for (let above = candidate; above; above = above.parent) if (above === span) return true;
  return false;
}

/** Duration without the time that any child covers, overlaps counted once. */
function selfTime(span) {
  let covered = 0, until = span.startMs;
  for (const child of span.children) {
    const from = Math.max(child.startMs, until), to = Math.min(child.endMs, span.endMs);
    if (to > from) {
      covered += to - from;
      until = to;
    }
  }
  return Math.max(0, span.durationMs - covered);
}

/** The rows to show, top to bottom: spans in tree order, without what is below a closed one. */
export function rowsOf(roots, closed) {
  const rows = [];
  const stack = [...roots].reverse();
  while (stack.length) {
    const span = stack.pop();
    rows.push(span);
    if (!closed.has(span.spanId)) for (let index = span.children.length - 1; index >= 0; index--) stack.push(span.children[index]);
  }
  return rows;
}
