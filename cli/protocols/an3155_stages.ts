/**
 * What the device is left in at each moment of flashing through the boot ROM.
 *
 * @module
 */

import type { SessionEvent } from "../../protocols/an3155/line.ts";
import type { Conversation } from "../conversation.ts";
import type { Stage } from "../device_error.ts";
import { adviseWhileErasing } from "./an3155_erasing.ts";

/** The moments, and what the device is left in when it ends there. */
export interface FlashStages {
  /** Something is erased. How to go on depends on what. */
  readonly erase: Omit<Stage, "next">;
  /** Something is written. */
  readonly write: Stage;
  /** All but what comes last is read back. */
  readonly verify: Stage;
  /** What comes last is on its way. */
  readonly commit: Stage;
  /** Everything was sent. */
  readonly confirm: Stage;
  /** The ROM is told to jump. */
  readonly start?: Stage;
}

/**
 * Notes what the device is left in.
 *
 * @param conversation Where to note it.
 * @param stages The moments.
 * @returns An observer of the session.
 */
export function followStages(conversation: Conversation, stages: FlashStages): (event: SessionEvent) => void {
  const reach = (stage: Stage) => conversation.reportStage(stage);
  // What is shown until everything was sent, once what comes last is on its way.
  let ending: Stage | undefined;
  return (event) => {
    switch (event.kind) {
      case "erasing":
        // A sector that is written anew lacks more than what comes last.
        if (ending !== undefined) ending = { ...stages.write, device: stages.erase.device };
        return reach({ ...stages.erase, next: adviseWhileErasing(event) });
      case "committing":
        return reach(ending = stages.commit);
      case "starting":
        return stages.start && reach(stages.start);
      case "progress": {
        const isDone = event.doneBytes === event.totalBytes;
        // Not a block is written yet.
        if (event.task === "erase" && isDone) reach({ ...stages.write, device: stages.erase.device });
        if (event.task === "write") reach(isDone ? stages.confirm : ending ?? stages.write);
        if (event.task === "verify" && ending === undefined) reach(stages.verify);
      }
    }
  };
}
