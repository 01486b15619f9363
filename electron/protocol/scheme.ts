/** The scheme that the window is loaded by, so that its page has an origin of its own and no port of this machine serves it. */

export const scheme = 'app';
export const shellHost = 'holdfast';
export const origin = `${scheme}://${shellHost}`;

/** A page with an origin and a secure context; `fetch` and streams for the API; no exception from the CSP. */
export const privileges = {
  scheme,
  privileges: {
    standard: true,
    secure: true,
    supportFetchAPI: true,
    stream: true,
    corsEnabled: false,
    bypassCSP: false,
    allowServiceWorkers: false,
  },
} as const;
