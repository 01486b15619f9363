/**
 * The shell: ties the agent, the tray, the window and notifications together. What each of them decides is in files of its own;
 * what they are made of is Electron's, and given.
 *
 *   agent's process ─► supervisor ─► feed ─► view ─┬─► tray: icon, tooltip, menu
 *                                                  ├─► window: progress in the task bar
 *                                                  ├─► sleep held off while a job runs
 *                                                  └─► updater
 *   notices, ends of jobs ─► policy ─► notification ─► a click opens the view
 *   close, quit ─► policies ─► hide, ask, end
 */
import type { Clock } from '../../src/base/clock.ts';
import { type ShellSettings, type ShellSettingsChange, type ShellView, viewPath } from '../../src/control/shell.ts';
import { type AgentClient, AgentFeed } from '../agent/agent-feed.ts';
import type { AgentConnection, AgentView } from '../agent/agent-view.ts';
import { doAgentAction, isAgentAction } from '../agent/do-action.ts';
import { AgentSupervisor, type SupervisorOptions } from '../agent/supervisor.ts';
import type { Autostart } from '../autostart/autostart.ts';
import {
  agentGoneNotification,
  jobNotification,
  noticeNotification,
  type ShownNotification,
} from '../notify/notification-policy.ts';
import { type PowerMonitor, type SleepBlocker, StayAwake, watchPower } from '../power/power.ts';
import type { ShellFile } from '../settings/shell-file.ts';
import { type Language, languageOf } from '../text/texts.ts';
import { type IconState, iconState, overallProgress } from '../tray/icon-state.ts';
import { type MenuEntry, type TrayAction, trayMenu } from '../tray/menu-template.ts';
import { tooltip } from '../tray/tooltip.ts';
import { Updater, type UpdaterOptions } from '../update/updater.ts';
import { closeDecision } from '../window/close-policy.ts';
import { showsWindow } from './launch.ts';
import { type QuitQuestion, type QuitReason, quitQuestion } from './quit-policy.ts';

export interface TrayLook {
  readonly icon: IconState;
  readonly tooltip: string;
  readonly menu: readonly MenuEntry[];
}

export interface ShellPorts {
  readonly platform: NodeJS.Platform;
  readonly clock: Clock;
  readonly spawnAgent: SupervisorOptions['spawn'];
  readonly connect?: (connection: { readonly baseUrl: string; readonly token: string }) => AgentClient;
  /** Shows it, the first time, and as it changes. */
  readonly tray: { show(look: TrayLook, onAction: (action: TrayAction) => void): void };
  readonly window: {
    /** Brings it to the front, at that path if one is given; it is made when needed. */
    show(path?: string): void;
    hide(): void;
    hasFocus(): boolean;
    /** 0 to 1; undefined shows none. */
    showProgress(share: number | undefined): void;
  };
  readonly notify: (shown: Pick<ShownNotification, 'title' | 'body'>, onClick: () => void) => void;
  /** Whether the user chose the first button. */
  readonly ask: (question: QuitQuestion) => Promise<boolean>;
  readonly autostart: Autostart;
  readonly file: ShellFile;
  readonly updates: Pick<UpdaterOptions, 'engine' | 'isPackaged'>;
  readonly powerMonitor: PowerMonitor;
  readonly sleepBlocker: SleepBlocker;
  /** A BCP 47 tag. */
  readonly systemLocale: string;
  /** Ends the program, now. */
  readonly exit: () => void;
  /** Troubles of the shell itself, for its log. */
  readonly report: (error: unknown) => void;
}

/** Relative times in tooltip and menu go on, and updates are looked for. */
const refreshMs = 60_000;
/** Nobody has said whether there is a tray after so long: the window is shown. */
const desktopUnknownMs = 5_000;

export class Shell {
  readonly #ports: ShellPorts;
  readonly #supervisor: AgentSupervisor;
  readonly #feed: AgentFeed;
  readonly #updater: Updater;
  readonly #awake: StayAwake;
  readonly #over = new AbortController();
  #hasTray: boolean | undefined;
  #isHidden = false;
  #quitting: 'no' | 'asking' | 'yes' = 'no';

  constructor(ports: ShellPorts) {
    const { clock, spawnAgent, connect, report } = ports;
    this.#ports = ports;
    this.#awake = new StayAwake(ports.sleepBlocker);
    this.#feed = new AgentFeed({
      ...(connect === undefined ? {} : { connect }),
      onChange: () => this.#changed(),
      onNotice: (notice) => this.#notify(noticeNotification(notice, this.#notificationContext())),
      onJobEnded: (job) => this.#notify(jobNotification(job, this.#notificationContext())),
      onTrouble: report,
    });
    this.#supervisor = new AgentSupervisor({
      clock,
      spawn: spawnAgent,
      onChange: (connection) => this.#feed.connectionChanged(connection),
      onFailing: (why) => this.#notify(agentGoneNotification(why, this.#notificationContext())),
      onDesktop: (hasTrayHost) => this.#desktopKnown(hasTrayHost),
    });
    this.#updater = new Updater({
      ...ports.updates,
      isWanted: () => ports.file.state.updates,
      now: () => clock.now(),
      onOffer: () => this.#showTray(),
      onTrouble: report,
    });
  }

  get view(): AgentView {
    return this.#feed.view;
  }

  get connection(): AgentConnection {
    return this.#supervisor.connection;
  }

  get isQuitting(): boolean {
    return this.#quitting === 'yes';
  }

  /** @param isHidden whoever started it wants no window, if it can be found without one */
  start(isHidden: boolean): void {
    const { window, powerMonitor, clock } = this.#ports;
    this.#isHidden = isHidden;
    if (!isHidden) window.show();
    else this.#later(desktopUnknownMs, () => this.#desktopKnown(this.#hasTray));
    watchPower(powerMonitor, clock, (event) => {
      const client = this.#feed.client;
      client?.agent.power({ body: event, signal: this.#over.signal }).catch(this.#ports.report);
    });
    this.#supervisor.start();
    this.#refreshNowAndThen();
  }

  /** Of a tray entry. */
  act(action: TrayAction): void {
    this.#act(action).catch(this.#ports.report);
  }

  open(view: ShellView): void {
    this.#ports.window.show(viewPath(view));
  }

  settings(): ShellSettings {
    const { autostart, file } = this.#ports;
    const { notifications, updates } = file.state;
    return { startAtLogin: autostart.isOn(), notifications, updates };
  }

  /** @throws HoldfastError if the start at login cannot be changed */
  changeSettings({ startAtLogin, notifications, updates }: ShellSettingsChange): ShellSettings {
    const { autostart, file } = this.#ports;
    if (startAtLogin !== undefined) autostart.set(startAtLogin);
    file.change({
      ...(notifications === undefined ? {} : { notifications }),
      ...(updates === undefined ? {} : { updates }),
    });
    this.#changed();
    return this.settings();
  }

  /** The user closes the window. True when it may go. */
  closing(): boolean {
    const { platform, file, window, notify } = this.#ports;
    const facts = { platform, isQuitting: this.isQuitting, hasTray: this.#hasTray === true };
    const decision = closeDecision({ ...facts, wasTold: file.state.toldOfHiding });
    if (decision.do === 'close') return true;
    if (decision.do === 'quit') this.quit('user').catch(this.#ports.report);
    else window.hide();
    if (decision.do === 'hide' && decision.tell) {
      const { texts } = this.#language();
      notify({ title: texts.hiddenTitle, body: texts.hidden }, () => window.show());
      file.change({ toldOfHiding: true });
    }
    return false;
  }

  /** Asks if it must, ends the agent unless it was there before, and then the program. */
  async quit(reason: QuitReason): Promise<void> {
    if (this.#quitting !== 'no' && reason !== 'session-end') return;
    this.#quitting = 'asking';
    const question = quitQuestion(this.view, reason, this.#language().texts);
    if (question !== undefined && !(await this.#ports.ask(question))) {
      this.#quitting = 'no';
      return;
    }
    this.#quitting = 'yes';
    this.#feed.close();
    await this.#supervisor.stop();
    this.#over.abort();
    if (reason === 'update') await this.#updater.install();
    else this.#ports.exit();
  }

  async #act(action: TrayAction): Promise<void> {
    if (isAgentAction(action)) {
      const client = this.#feed.client;
      if (client !== undefined) await doAgentAction(action, client, this.#over.signal);
      return;
    }
    switch (action.do) {
      case 'open':
        return this.open(action.view);
      case 'start-at-login':
        this.changeSettings({ startAtLogin: action.on });
        return;
      case 'start-agent':
        return this.#supervisor.start();
      case 'install-update':
        return this.quit('update');
      case 'quit':
        return this.quit('user');
    }
  }

  #changed(): void {
    const { view } = this;
    this.#showTray();
    this.#ports.window.showProgress(overallProgress(view));
    this.#awake.agentChanged(view);
    void this.#updater.look(view);
  }

  #desktopKnown(hasTrayHost: boolean | undefined): void {
    this.#hasTray = hasTrayHost;
    if (this.#isHidden && showsWindow(true, hasTrayHost)) this.#ports.window.show();
    this.#isHidden = false;
    this.#showTray();
  }

  /** Also where nobody knows whether there is a place for it. */
  #showTray(): void {
    if (this.#hasTray === false || this.isQuitting) return;
    const { view } = this;
    const language = this.#language();
    const now = this.#ports.clock.now();
    const state = { view, startsAtLogin: this.#ports.autostart.isOn(), update: this.#updater.offered };
    this.#ports.tray.show(
      { icon: iconState(view), tooltip: tooltip(view, language, now), menu: trayMenu(state, language, now) },
      (action) => this.act(action),
    );
  }

  #notify(shown: ShownNotification | undefined): void {
    if (shown !== undefined) this.#ports.notify(shown, () => this.open(shown.view));
  }

  #notificationContext() {
    const { file, window } = this.#ports;
    return { wanted: file.state.notifications, windowHasFocus: window.hasFocus(), texts: this.#language().texts };
  }

  #language(): Language {
    const { language = 'system' } = this.view;
    return languageOf(language === 'system' ? this.#ports.systemLocale : language);
  }

  #refreshNowAndThen(): void {
    this.#later(refreshMs, () => {
      this.#changed();
      this.#refreshNowAndThen();
    });
  }

  #later(ms: number, what: () => void): void {
    this.#ports.clock.sleep(ms, this.#over.signal).then(what, () => undefined);
  }
}
