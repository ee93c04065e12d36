/**
 * Being asked to end: Ctrl-C, a closed terminal, a polite kill.
 *
 * @module
 */

/**
 * Calls back when the process is asked to end, until told to stop.
 *
 * @param handler What to do; the process goes on unless it ends it.
 * @returns Stops listening.
 */
export function onInterrupt(handler: () => void): () => void {
  // Windows knows SIGINT only.
  const signals: readonly Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) Deno.addSignalListener(signal, handler);
  return () => {
    for (const signal of signals) Deno.removeSignalListener(signal, handler);
  };
}
