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
  // Windows has no polite kill; SIGBREAK is Ctrl-Break there, SIGHUP a closed window.
  const signals: readonly Deno.Signal[] = ["SIGINT", "SIGHUP", Deno.build.os === "windows" ? "SIGBREAK" : "SIGTERM"];
  for (const signal of signals) Deno.addSignalListener(signal, handler);
  return () => {
    for (const signal of signals) Deno.removeSignalListener(signal, handler);
  };
}
