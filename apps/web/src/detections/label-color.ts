/**
 * The colour of a name is the one that users of this page's predecessor know: the same name has the same colour in
 * every picture, in every browser, without a table.
 */
export function labelColor(label: string): string {
  let sum = 0;
  for (let index = 0; index < label.length; index++) sum += label.charCodeAt(index);
  return `hsla(${sum % 360}, 100%, 85%, 1)`;
}
