/** Why something may not run now: typed, with a sentence for people. */
export type ReadinessReason =
  | { readonly type: 'offline' }
  /** The network has only just come (back). */
  | { readonly type: 'network-unsettled' }
  | { readonly type: 'metered' }
  | { readonly type: 'wifi'; readonly wifiName: string; readonly allowed: readonly string[] }
  | { readonly type: 'on-battery' }
  | { readonly type: 'battery-low'; readonly percent: number; readonly atLeastPercent: number }
  /** `notMounted`: the folder is there, and the drive that belongs on it is not. */
  | { readonly type: 'path-missing'; readonly path: string; readonly notMounted: boolean }
  | { readonly type: 'quiet-hours'; readonly from: string; readonly to: string }
  | {
      readonly type: 'repository-unreachable';
      readonly repositoryId: string;
      readonly name: string;
      readonly why?: string;
    };

/** One plain sentence. */
export function reasonText(reason: ReadinessReason): string {
  switch (reason.type) {
    case 'offline':
      return 'This computer is not connected to a network.';
    case 'network-unsettled':
      return 'The network has only just come up.';
    case 'metered':
      return 'The connection is metered.';
    case 'wifi':
      return `This computer is on the Wi-Fi "${reason.wifiName}", and it only runs on ${orList(reason.allowed)}.`;
    case 'on-battery':
      return 'This computer runs on battery.';
    case 'battery-low':
      return `The battery is at ${reason.percent} %, and it only runs from ${reason.atLeastPercent} % on.`;
    case 'path-missing':
      return reason.notMounted
        ? `The drive of ${reason.path} is not connected.`
        : `${reason.path} is not there. Is its drive connected?`;
    case 'quiet-hours':
      return `It does not run between ${reason.from} and ${reason.to}.`;
    case 'repository-unreachable':
      return `The repository "${reason.name}" cannot be reached${reason.why === undefined ? '' : ` (${reason.why})`}.`;
  }
}

function orList(names: readonly string[]): string {
  const quoted = names.map((name) => `"${name}"`);
  const last = quoted.pop() ?? '';
  return quoted.length === 0 ? last : `${quoted.join(', ')} or ${last}`;
}
