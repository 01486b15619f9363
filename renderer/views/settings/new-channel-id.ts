/** An id for a webhook or a ping: lower-case letters, digits and "-", as ids are. */
export function newChannelId(kind: 'webhook' | 'ping'): string {
  return `${kind}-${crypto.randomUUID().slice(0, 8)}`;
}
