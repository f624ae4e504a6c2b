/** Text for a page: whatever is put into the template is escaped, unless it comes from another template. */
export interface Html {
  readonly text: string;
}

const replacements: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function html(parts: TemplateStringsArray, ...values: readonly (Html | string | number)[]): Html {
  const texts = values.map((value) => (typeof value === 'object' ? value.text : escape(String(value))));
  return { text: String.raw({ raw: parts }, ...texts) };
}

export const joined = (parts: readonly Html[]): Html => ({ text: parts.map(({ text }) => text).join('') });

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => replacements[character]!);
}
