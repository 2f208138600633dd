/** The attributes of an element; numbers are rounded to what can be seen. */
export type Attributes = Readonly<Record<string, string | number>>;

/** An element of an SVG. @param content markup, already safe. */
export function element(name: string, attributes: Attributes, content = ''): string {
  const words = Object.entries(attributes).map(([key, value]) => ` ${key}="${shown(value)}"`);
  const open = `<${name}${words.join('')}`;
  return content === '' ? `${open}/>` : `${open}>${content}</${name}>`;
}

/** A line of text at a place. */
export function label(x: number, y: number, kinds: string, text: string, anchor = 'start'): string {
  const attributes = { x, y, class: kinds };
  const placed = anchor === 'start' ? attributes : { ...attributes, 'text-anchor': anchor };
  return element('text', placed, safe(text));
}

/** What is shown of an element when one points at it. */
export function hint(text: string): string {
  return element('title', {}, safe(text));
}

export function safe(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

function shown(value: string | number): string {
  return typeof value === 'number' ? `${Math.round(value * 10) / 10}` : safe(value);
}
