/** A page with one message, for people who meet the server without the window: no script, no style sheet. */

/** @param message a sentence; @param hint what to do about it */
export function plainPage(message: string, hint = ''): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Holdfast</title>
<h1>Holdfast</h1>
<p>${escapeHtml(message)}</p>
${hint === '' ? '' : `<p>${escapeHtml(hint)}</p>\n`}</html>
`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}
