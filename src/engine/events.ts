/**
 * What a run tells while it goes, as observables: for progress lines, dashboards and services.
 *
 * They stand on the main thread, behind the ledger: fills and rejections come in chunks of 4,096 steps, in canonical order, and
 * progress by a timer. Nothing in the loop knows of them.
 */
import { Subject } from 'rxjs';
import type { Chunk, ChunkListener } from '../record/ledger.ts';
import { decodeRows } from '../record/ledger.ts';
import type { EventOf } from '../record/records.ts';

export interface StartEvent {
  readonly symbols: readonly string[];
  readonly steps: number;
  readonly bars: number;
  /** 0 means inline. */
  readonly workers: number;
}

export interface ProgressEvent {
  readonly step: number;
  readonly steps: number;
}

export interface EndEvent {
  readonly digest: string;
}

/** Subscribe before the run. Every one of them completes when it is over; `error` has spoken before if it failed. */
export class RunEvents {
  readonly start = new Subject<StartEvent>();
  readonly progress = new Subject<ProgressEvent>();
  readonly fill = new Subject<EventOf<'fill'>>();
  readonly rejection = new Subject<EventOf<'rejection'>>();
  readonly end = new Subject<EndEvent>();
  readonly error = new Subject<Error>();

  /** A listener of the ledger; rows become objects only if somebody listens. */
  listener(symbols: readonly string[]): ChunkListener {
    return ({ rows, texts }: Chunk) => {
      if (this.fill.observed) {
        for (const fill of decodeRows({ ...rows.fill, kind: 'fill' }, symbols, texts)) this.fill.next(fill);
      }
      if (this.rejection.observed) {
        const rejections = decodeRows({ ...rows.rejection, kind: 'rejection' }, symbols, texts);
        for (const rejection of rejections) this.rejection.next(rejection);
      }
    };
  }

  complete(): void {
    for (const subject of [this.start, this.progress, this.fill, this.rejection, this.end, this.error])
      subject.complete();
  }
}
