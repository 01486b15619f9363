/**
 * Windows: one script asks WinRT's NetworkInformation (connectivity, cost, Wi-Fi), or where that is not to be had
 * `Get-NetConnectionProfile` (connectivity alone). Sources: Windows.Networking.Connectivity (NetworkConnectivityLevel,
 * NetworkCostType), Get-NetConnectionProfile. Never ran on Windows.
 */
import type { NetworkAdapter, NetworkStatus } from '../network.ts';
import { askPowerShell } from '../powershell.ts';
import type { RunProgram } from '../run-program.ts';
import { hasUsableAddress } from './addresses.ts';

const script = `
try {
  [void][Windows.Networking.Connectivity.NetworkInformation,Windows.Networking.Connectivity,ContentType=WindowsRuntime]
  $profile = [Windows.Networking.Connectivity.NetworkInformation]::GetInternetConnectionProfile()
  if ($null -eq $profile) { @{ level = 0 } | ConvertTo-Json -Compress; exit 0 }
  $cost = $profile.GetConnectionCost()
  $answer = @{ level = [int]$profile.GetNetworkConnectivityLevel(); cost = [int]$cost.NetworkCostType
    roaming = $cost.Roaming; overLimit = $cost.OverDataLimit; wifi = $profile.IsWlanConnectionProfile }
  if ($profile.IsWlanConnectionProfile) {
    try { $answer.ssid = $profile.WlanConnectionProfileDetails.GetConnectedSsid() } catch {}
  }
  $answer | ConvertTo-Json -Compress
} catch {
  $found = @(Get-NetConnectionProfile -ErrorAction Stop |
    Where-Object { $_.IPv4Connectivity -eq 'Internet' -or $_.IPv6Connectivity -eq 'Internet' })
  @{ profiles = $found.Count } | ConvertTo-Json -Compress
}`;

export function windowsNetwork({ run }: { readonly run: RunProgram }): NetworkAdapter {
  return {
    fingerprint: (interfaces) => JSON.stringify(interfaces),
    status: async (interfaces, signal) => {
      const answer = await askPowerShell(script, run, signal);
      const facts: Answer = typeof answer === 'object' && answer !== null ? { ...answer } : {};
      const linked = Object.keys(interfaces).some((device) => hasUsableAddress(interfaces, device));
      return { online: onlineOf(facts, linked), metered: meteredOf(facts), wifiName: wifiNameOf(facts, linked) };
    },
  };
}

type Answer = Readonly<Record<string, unknown>>;

/** NetworkConnectivityLevel: 0 none, 1 local only, 2 a page to sign in, 3 the Internet. Local may do for a NAS: unknown. */
function onlineOf({ level, profiles }: Answer, linked: boolean): NetworkStatus['online'] {
  if (level === 3 || (typeof profiles === 'number' && profiles > 0)) return true;
  return linked && level !== 2 ? 'unknown' : false;
}

/** NetworkCostType: 0 unknown, 1 unrestricted, 2 fixed (a limit), 3 variable (paid by use). */
function meteredOf({ cost, roaming, overLimit }: Answer): NetworkStatus['metered'] {
  if (roaming === true || overLimit === true || cost === 2 || cost === 3) return true;
  return cost === 1 ? false : 'unknown';
}

function wifiNameOf({ wifi, ssid }: Answer, linked: boolean): NetworkStatus['wifiName'] {
  if (wifi === true) return typeof ssid === 'string' && ssid !== '' ? ssid : 'unknown';
  return wifi === false || !linked ? undefined : 'unknown';
}
