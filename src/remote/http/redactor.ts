/**
 * Keeps credentials out of what is told: errors quote answers of servers, and a server may send back what it was sent.
 *
 * Guarantees: no credential that was ever used here stands in a text that went through `redact` or `quote`, as it is or in the
 * encodings that servers use (percent, JSON, base64).
 */

/** Shorter ones would be found everywhere, and are no secrets. */
const shortestSecret = 4;
const longestQuote = 300;

export class Redactor {
  readonly #known = new Set<string>();
  /** Longest first: a secret that is a part of another must not spoil the other's match. */
  #needles: readonly string[] = [];

  /** @param value of a credential header, with its scheme ("Bearer …") or without */
  add(value: string): void {
    if (this.#known.has(value)) return;
    this.#known.add(value);
    const [, scheme = '', rest = ''] = /^(\S+)\s+(.*)$/s.exec(value.trim()) ?? [];
    const secrets = [value.trim(), rest];
    if (/^basic$/i.test(scheme)) {
      const decoded = Buffer.from(rest, 'base64').toString();
      secrets.push(decoded, decoded.slice(decoded.indexOf(':') + 1));
    }
    const needles = secrets.flatMap(encodingsOf).filter((one) => one.length >= shortestSecret);
    this.#needles = [...new Set([...this.#needles, ...needles])].sort((a, b) => b.length - a.length);
  }

  redact(text: string): string {
    return this.#needles.reduce((left, needle) => left.replaceAll(needle, '[redacted]'), text);
  }

  /** Text that a server had a part in, fit for a terminal and one line. */
  line(text: string): string {
    return printable(this.redact(text).trim().replace(/\s+/g, ' '));
  }

  /** The beginning of what a server sent, in quotes, fit for a terminal and one line. */
  quote(text: string): string {
    const redacted = this.redact(text.slice(0, 64 * 1024)).toWellFormed();
    const shown = [...redacted.slice(0, 2 * longestQuote)].slice(0, longestQuote).join('');
    return `"${printable(shown)}"${shown.length < redacted.length ? '…' : ''}`;
  }
}

/** Control and format characters can move a terminal's cursor, or hide text. */
function printable(text: string): string {
  return text.toWellFormed().replace(/[\p{Cc}\p{Cf}\p{Co}\u2028\u2029]/gu, (one) => {
    return `\\u${(one.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
  });
}

function encodingsOf(secret: string): readonly string[] {
  const percent = encodeURIComponent(secret.toWellFormed());
  const base64 = Buffer.from(secret).toString('base64');
  return [
    secret,
    percent,
    percent.replace(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase()),
    new URLSearchParams({ s: secret }).toString().slice(2),
    JSON.stringify(secret).slice(1, -1),
    base64,
    base64.replace(/=+$/, ''),
    Buffer.from(secret).toString('base64url'),
  ];
}
