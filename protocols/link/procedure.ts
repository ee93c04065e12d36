/**
 * What a conversation is written in: a generator that sends, and yields when it has to wait.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

/** What a procedure waits for. It carries nothing back: being resumed only means "look again". */
export type Wait =
  /** Bytes from the other end, or the deadline. */
  | {
    readonly kind: "input";
    /** When to give up, on the engine's clock; `Infinity` for never. */
    readonly deadlineMs: number;
    /** What is awaited, as a noun phrase: `ACK of address`. Time-out errors and traces print it. */
    readonly expected: string;
    /** How many more bytes have to come before the procedure can go on; left out when any byte may matter to it. */
    readonly neededCount?: number;
  }
  /** The moment at which the last byte sent has left the wire, or the first byte that comes, where that ends it. */
  | { readonly kind: "flush"; readonly endsOnInput?: boolean }
  /** A moment in time. */
  | { readonly kind: "sleep"; readonly deadlineMs: number };

/**
 * A conversation, told in the order of its specification.
 *
 * A procedure may call the plain methods of a {@linkcode ByteLink} (`send`, `discardInput`) and must `yield*` the
 * waiting ones (`read`, `readByte`, `skipUntilQuiet`, `flush`, `flushOrHear`, `sleep`) and other procedures. A call that
 * misses its `yield*` does nothing at all; the project's lint rule `coreslot/missing-yield` finds it. Nothing else is
 * allowed inside: no promise, clock, random number or platform name.
 *
 * @typeParam T What the conversation ends with.
 */
export type Procedure<T> = Generator<Wait, T, void>;
