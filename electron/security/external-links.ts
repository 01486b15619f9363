/** Which links the user's browser is asked to open: documentation that the window links to, by https, and nothing else. */

const hosts: readonly string[] = [
  'restic.net',
  'restic.readthedocs.io',
  'healthchecks.io',
  'www.electronjs.org',
  'nodejs.org',
];

export function isExternalLink(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname, port, username, password } = new URL(url);
  return protocol === 'https:' && port === '' && username === '' && password === '' && hosts.includes(hostname);
}
