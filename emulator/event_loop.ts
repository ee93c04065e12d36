/**
 * The clock of a simulation: finds the next event, jumps to it, lets it happen.
 *
 * Events at one moment come in a fixed order: bytes reach the target, bytes reach the host, a line falls silent, a
 * deadline passes, a plug is pulled; the target before the host each time. So a byte that comes at a deadline has come in
 * time.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { formatHex } from "../core/mod.ts";
import type { Engine, Wait } from "../protocols/link/mod.ts";
import type { Receiver } from "./uart.ts";
import type { Wire } from "./wire.ts";

/** What happened. `none`: nothing will ever happen again. */
export type SimulationEvent =
  | "none"
  | "target-receives"
  | "host-receives"
  | "target-flushed"
  | "host-flushed"
  | "target-wakes"
  | "host-wakes"
  | "reset"
  | "unplug";

/** What an {@linkcode EventLoop} turns. */
export interface EventLoopOptions {
  /** The host. */
  readonly host: Engine<unknown>;
  /** The target. */
  readonly target: Engine<never>;
  /** Pulls the target's reset pin and gives what runs then. */
  readonly resetTarget: (nowMs: number) => Engine<never>;
  /** What is between them. */
  readonly wire: Wire;
  /** The target's receiver. */
  readonly uart: Receiver;
  /** Whether each byte is handed over at its own time. */
  readonly isByteByByte: boolean;
  /** The time at which it begins, in milliseconds. */
  readonly nowMs: number;
}

/** Two ends of a wire, and the time. */
export class EventLoop {
  readonly #options: EventLoopOptions;
  #target: Engine<never>;
  #nowMs: number;
  #next: SimulationEvent = "none";
  #nextAtMs = Infinity;
  #isUnplugged = false;
  #hasAsked = false;
  #roundTrips = 0;
  #log: string[] | undefined;

  /**
   * Starts the clock.
   *
   * @param options The two ends and the wire.
   */
  constructor(options: EventLoopOptions) {
    this.#options = options;
    this.#target = options.target;
    this.#nowMs = options.nowMs;
  }

  /** The time, in milliseconds. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** The target; another one after each reset by its pin. */
  get target(): Engine<never> {
    return this.#target;
  }

  /** How often the host sent something and then got something. */
  get roundTrips(): number {
    return this.#roundTrips;
  }

  /** Whether the target has dealt with everything that was sent to it, and waits for more, or for ever. */
  get isSettled(): boolean {
    const { wire, uart } = this.#options;
    const { wait, wakeAtMs } = this.#target;
    if (wait?.kind === "sleep") return wakeAtMs === Infinity;
    const hasNothingToDo = wire.toTarget.pendingCount === 0 && uart.heldCount === 0 && wakeAtMs > this.#nowMs;
    return wait?.kind === "input" && hasNothingToDo;
  }

  /**
   * Writes down what goes over the wire from now on.
   *
   * @param lines Where to.
   */
  logTo(lines: string[]): void {
    this.#log = lines;
  }

  /**
   * Puts on the wire what the two ends have sent.
   */
  pump(): void {
    const { host, wire } = this.#options;
    for (const frame of host.takeOutput()) {
      this.#hasAsked = true;
      this.#note(">", frame);
      wire.toTarget.send(frame, this.#nowMs);
    }
    for (const frame of this.#target.takeOutput()) {
      this.#note("<", frame);
      wire.toHost.send(frame, this.#nowMs);
    }
  }

  /**
   * Jumps to the next event and lets it happen.
   *
   * @returns What happened.
   */
  step(): SimulationEvent {
    this.#findNext();
    if (this.#next === "none") return "none";
    this.#nowMs = this.#nextAtMs;
    this.#log?.push(`${this.#nowMs.toFixed(3).padStart(12)}   ${this.#next}`);
    this.#happen();
    return this.#next;
  }

  #findNext(): void {
    const { host, wire: { toTarget, toHost }, uart } = this.#options;
    const target = this.#target;
    const hostWait = host.wait;
    const targetWait = target.wait;
    this.#next = "none";
    this.#nextAtMs = Infinity;
    if (targetWait?.kind === "input") {
      if (uart.heldCount > 0) this.#consider("target-receives", this.#nowMs);
      else if (toTarget.pendingCount > 0) {
        const wantedCount = uart.isPacketed ? 1 : this.#wantedCount(targetWait, toTarget.pendingCount);
        this.#consider("target-receives", toTarget.arrivalMs(wantedCount - 1));
      }
    }
    if (hostWait?.kind === "input" && toHost.pendingCount > 0) {
      this.#consider("host-receives", toHost.arrivalMs(this.#wantedCount(hostWait, toHost.pendingCount) - 1));
    }
    if (targetWait?.kind === "flush") this.#consider("target-flushed", toHost.clearAtMs);
    if (hostWait?.kind === "flush") this.#consider("host-flushed", toTarget.clearAtMs);
    this.#consider("target-wakes", target.wakeAtMs);
    this.#consider("host-wakes", host.wakeAtMs);
    this.#consider("reset", Math.min(toTarget.resetAtMs, toHost.resetAtMs));
    if (!this.#isUnplugged) this.#consider("unplug", Math.min(toTarget.unpluggedAtMs, toHost.unpluggedAtMs));
  }

  /** The earliest event wins; of two at one moment, the first that was considered. */
  #consider(event: SimulationEvent, atMs: number): void {
    const notBefore = atMs < this.#nowMs ? this.#nowMs : atMs;
    if (notBefore >= this.#nextAtMs) return;
    this.#next = event;
    this.#nextAtMs = notBefore;
  }

  /** How many bytes are worth a step: as many as the procedure cannot go on without. */
  #wantedCount(wait: Wait, pendingCount: number): number {
    if (this.#options.isByteByByte || wait.kind !== "input") return 1;
    return Math.min(wait.neededCount ?? 1, pendingCount);
  }

  #happen(): void {
    const { host, wire, uart } = this.#options;
    const nowMs = this.#nowMs;
    switch (this.#next) {
      case "target-receives":
        return this.#deliverToTarget();
      case "host-receives":
        return this.#deliverToHost();
      case "target-flushed":
        uart.absorb(wire.toTarget, nowMs);
        return this.#target.flushed(nowMs);
      case "host-flushed":
        if (this.#target.wait?.kind !== "input" && !uart.hasAccepted(wire.toTarget, nowMs)) return;
        this.#deliverToHost();
        return host.flushed(nowMs);
      case "target-wakes":
        this.#letTargetCatchUp();
        return this.#target.tick(nowMs);
      case "host-wakes":
        this.#deliverToHost();
        return host.tick(nowMs);
      case "reset":
        wire.toTarget.clearReset();
        wire.toHost.clearReset();
        this.#letTargetCatchUp();
        uart.clear();
        this.#target = this.#options.resetTarget(nowMs);
        return;
      case "unplug":
        this.#isUnplugged = true;
        wire.toTarget.loseAfter(nowMs);
        wire.toHost.loseAfter(nowMs);
        this.#deliverToHost();
        return host.close(nowMs, "unplugged");
    }
  }

  /** Hands over, or lets the receiver lose, what has come by now. */
  #letTargetCatchUp(): void {
    if (this.#target.wait?.kind === "input") this.#deliverToTarget();
    else this.#options.uart.absorb(this.#options.wire.toTarget, this.#nowMs);
  }

  /**
   * A UART hands over byte after byte: no more at once than the procedure needs, since what it does then decides on the
   * next. What has come by now follows at once, as it is the first event of this moment.
   */
  #deliverToTarget(): void {
    const { wire: { toTarget }, uart } = this.#options;
    const target = this.#target;
    for (let wait = target.wait; wait?.kind === "input"; wait = target.wait) {
      const isHeld = uart.heldCount > 0;
      const arrivedCount = isHeld ? uart.heldCount : toTarget.countUntil(this.#nowMs);
      if (arrivedCount === 0) return;
      const count = uart.isPacketed ? arrivedCount : this.#wantedCount(wait, arrivedCount);
      const bytes = isHeld ? uart.take(count) : toTarget.take(count);
      this.#note("t", bytes);
      target.receive(bytes, this.#nowMs);
    }
  }

  /** An operating system hands over whatever has come by a moment. */
  #deliverToHost(): void {
    const { host, wire: { toHost } } = this.#options;
    const count = toHost.countUntil(this.#nowMs);
    if (count === 0) return;
    if (this.#hasAsked) this.#roundTrips++;
    this.#hasAsked = false;
    const bytes = toHost.take(count);
    this.#note("h", bytes);
    host.receive(bytes, this.#nowMs);
  }

  /** `>` and `<` for what was sent, `t` and `h` for what arrived at which end. */
  #note(mark: ">" | "<" | "t" | "h", bytes: Uint8Array): void {
    this.#log?.push(`${this.#nowMs.toFixed(3).padStart(12)} ${mark} ${formatHex(bytes, " ")}`);
  }
}
