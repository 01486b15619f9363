/** Carries out what update-policy.ts decides. */
import type { AgentView } from '../agent/agent-view.ts';
import { updateDecision } from './update-policy.ts';

/** What is used of electron-updater's `autoUpdater`. */
export interface UpdateEngine {
  autoDownload: boolean;
  autoInstallOnAppQuit: boolean;
  checkForUpdates(): Promise<{
    readonly isUpdateAvailable: boolean;
    readonly updateInfo: { readonly version: string };
  } | null>;
  downloadUpdate(): Promise<unknown>;
  quitAndInstall(): void;
}

export interface UpdaterOptions {
  /** Loaded when it is needed first. */
  readonly engine: () => Promise<UpdateEngine>;
  readonly isWanted: () => boolean;
  readonly isPackaged: boolean;
  readonly now: () => Date;
  /** Something to offer, or not any more. */
  readonly onOffer: (version: string | undefined) => void;
  readonly onTrouble: (error: unknown) => void;
}

export class Updater {
  readonly #options: UpdaterOptions;
  #lastCheckedAt: Date | undefined;
  #found: { readonly version: string; readonly isDownloaded: boolean } | undefined;
  #offered: string | undefined;
  #working = false;

  constructor(options: UpdaterOptions) {
    this.#options = options;
  }

  /** To be called when anything changed, and now and then. Resolves when what was begun is done; never rejects. */
  async look(view: AgentView): Promise<void> {
    const { isWanted, isPackaged, now } = this.#options;
    const decision = updateDecision({
      isWanted: isWanted(),
      isPackaged,
      view,
      lastCheckedAt: this.#lastCheckedAt,
      found: this.#found,
      now: now(),
    });
    this.#offer(decision === 'offer' ? this.#found?.version : undefined);
    if (this.#working || (decision !== 'check' && decision !== 'download')) return;
    this.#working = true;
    try {
      if (decision === 'check') await this.#check();
      else await this.#download();
    } catch (error) {
      // Tomorrow again.
      this.#found = undefined;
      this.#options.onTrouble(error);
    } finally {
      this.#working = false;
    }
  }

  /** The version that may be installed now; never while a job runs. */
  get offered(): string | undefined {
    return this.#offered;
  }

  /** Ends the program and starts the new one, if there is one to install. */
  async install(): Promise<void> {
    if (this.#offered !== undefined) (await this.#engine()).quitAndInstall();
  }

  async #check(): Promise<void> {
    this.#lastCheckedAt = this.#options.now();
    const engine = await this.#engine();
    const answer = await engine.checkForUpdates();
    if (answer?.isUpdateAvailable === true) this.#found = { version: answer.updateInfo.version, isDownloaded: false };
  }

  async #download(): Promise<void> {
    const found = this.#found;
    if (found === undefined) return;
    const engine = await this.#engine();
    await engine.downloadUpdate();
    this.#found = { ...found, isDownloaded: true };
  }

  async #engine(): Promise<UpdateEngine> {
    const engine = await this.#options.engine();
    engine.autoDownload = false;
    engine.autoInstallOnAppQuit = false;
    return engine;
  }

  #offer(version: string | undefined): void {
    if (version === this.#offered) return;
    this.#offered = version;
    this.#options.onOffer(version);
  }
}
