/** Cycles in a graph. */

/**
 * One cycle of each group of nodes that reach each other, as a path that ends where it starts.
 *
 * @param edges Map of a node to the nodes that it points to
 */
export function findCycles(edges) {
  const cycles = [];
  const finished = new Set();
  const path = [];
  const visit = (node) => {
    const at = path.indexOf(node);
    if (at >= 0) {
      cycles.push([...path.slice(at), node]);
      return;
    }
    if (finished.has(node)) return;
    path.push(node);
    for (const next of edges.get(node) ?? []) visit(next);
    path.pop();
    finished.add(node);
  };
  for (const node of edges.keys()) visit(node);
  return cycles;
}
