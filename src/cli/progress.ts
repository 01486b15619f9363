/**
 * Progress of long work: a bar with rate and time left on a terminal, a line every 10 s elsewhere, JSON lines with
 * --json, nothing with --quiet.
 */
import { type ByteString, toUtf8 } from '../base/byte-string.ts';
import { durationText, safeText, sizeText } from './format-text.ts';
import type { Output } from './output.ts';

export interface ProgressState {
  /** What is being done: "saving". */
  readonly verb: string;
  readonly filesDone?: number;
  readonly filesTotal?: number | undefined;
  readonly bytesDone?: number;
  readonly bytesTotal?: number | undefined;
  /** For work that is counted in neither: packs checked, blobs copied. */
  readonly itemsDone?: number;
  readonly itemsTotal?: number | undefined;
  readonly itemNoun?: string;
  readonly problems?: number;
  readonly current?: string;
}

const redrawMs = 100;
const lineEveryMs = 10_000;
const jsonEveryMs = 1000;

/** The progress of work on files, as the engine reports it. Bytes are plain ones. */
interface FileProgress {
  readonly filesDone: number;
  readonly bytesDone: number;
  readonly filesTotal: number | undefined;
  readonly bytesTotal: number | undefined;
  readonly problems: number;
  readonly currentPath: ByteString;
}

export class Progress implements Disposable {
  readonly #output: Output;
  readonly #startedMs = performance.now();
  readonly #live: boolean;
  #shownMs = 0;
  #state: ProgressState | undefined;

  constructor(output: Output) {
    this.#output = output;
    this.#live = process.stderr.isTTY === true && !output.json && output.verbosity > 0;
    if (this.#live) output.aroundLines = { clear: () => this.#clear(), draw: () => this.#draw() };
  }

  /** `update` with what a backup or a restore reports. */
  updateFiles(verb: string, done: FileProgress): void {
    const { filesDone, bytesDone, filesTotal, bytesTotal, problems, currentPath } = done;
    this.update({ verb, filesDone, bytesDone, filesTotal, bytesTotal, problems, current: toUtf8(currentPath) });
  }

  update(state: ProgressState): void {
    this.#state = state;
    const now = performance.now();
    const every = this.#live ? redrawMs : this.#output.json ? jsonEveryMs : lineEveryMs;
    if (now - Math.max(this.#shownMs, this.#live ? 0 : this.#startedMs) < every) return;
    this.#shownMs = now;
    if (this.#live) this.#draw();
    else if (this.#output.json) this.#output.object(this.#json(state));
    else if (this.#output.verbosity > 0) process.stderr.write(`${safeText(this.#text(state))}\n`);
  }

  [Symbol.dispose](): void {
    this.#clear();
    this.#state = undefined;
    this.#output.aroundLines = undefined;
  }

  #clear(): void {
    if (this.#live) process.stderr.write('\r\x1b[K');
  }

  #draw(): void {
    if (this.#state === undefined) return;
    const width = process.stderr.columns || 80;
    const text = safeText(this.#text(this.#state));
    const room = width - text.length - 3;
    const current = safeText(this.#state.current ?? '');
    const shown =
      room < 12 || current === '' ? '' : `  ${current.length > room ? `…${current.slice(1 - room)}` : current}`;
    process.stderr.write(`\r\x1b[K${(text + shown).slice(0, width - 1)}`);
  }

  #fraction(state: ProgressState): number | undefined {
    const { bytesDone, bytesTotal, itemsDone, itemsTotal } = state;
    if (bytesDone !== undefined && bytesTotal) return Math.min(1, bytesDone / bytesTotal);
    if (itemsDone !== undefined && itemsTotal) return Math.min(1, itemsDone / itemsTotal);
    return undefined;
  }

  #text(state: ProgressState): string {
    const elapsedMs = performance.now() - this.#startedMs;
    const fraction = this.#fraction(state);
    const parts = [`[${durationText(elapsedMs)}]`, state.verb];
    if (fraction !== undefined) parts.push(bar(fraction), `${(100 * fraction).toFixed(1).padStart(5)} %`);
    if (state.itemsDone !== undefined) {
      parts.push(
        `${state.itemsDone}${state.itemsTotal === undefined ? '' : ` / ${state.itemsTotal}`} ${state.itemNoun ?? ''}`.trim(),
      );
    }
    if (state.filesDone !== undefined) parts.push(`${state.filesDone} files`);
    if (state.bytesDone !== undefined) {
      parts.push(
        sizeText(state.bytesDone),
        `${sizeText(Math.round((1000 * state.bytesDone) / Math.max(1, elapsedMs)))}/s`,
      );
    }
    if (fraction !== undefined && fraction > 0.01 && elapsedMs > 2000) {
      parts.push(`${durationText((elapsedMs / fraction) * (1 - fraction))} left`);
    }
    if (state.problems) parts.push(`${state.problems} problems`);
    return parts.join('  ');
  }

  /** restic's "status" message (doc/075_scripting.rst). */
  #json(state: ProgressState): object {
    const elapsedMs = performance.now() - this.#startedMs;
    const fraction = this.#fraction(state);
    return {
      message_type: 'status',
      action: state.verb,
      seconds_elapsed: Math.floor(elapsedMs / 1000),
      ...(fraction === undefined ? {} : { percent_done: fraction }),
      ...(fraction === undefined || fraction === 0
        ? {}
        : { seconds_remaining: Math.round(((elapsedMs / fraction) * (1 - fraction)) / 1000) }),
      ...(state.filesTotal === undefined ? {} : { total_files: state.filesTotal }),
      ...(state.filesDone === undefined ? {} : { files_done: state.filesDone }),
      ...(state.bytesTotal === undefined ? {} : { total_bytes: state.bytesTotal }),
      ...(state.bytesDone === undefined ? {} : { bytes_done: state.bytesDone }),
      ...(state.itemsTotal === undefined ? {} : { total_items: state.itemsTotal }),
      ...(state.itemsDone === undefined ? {} : { items_done: state.itemsDone }),
      ...(state.problems ? { error_count: state.problems } : {}),
      ...(state.current ? { current_files: [state.current] } : {}),
    };
  }
}

function bar(fraction: number): string {
  const cells = 20;
  const full = Math.round(fraction * cells);
  return `[${'='.repeat(full)}${' '.repeat(cells - full)}]`;
}
