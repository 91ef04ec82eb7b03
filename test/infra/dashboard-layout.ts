import * as z from 'zod';

const metricSchema = z.array(z.union([z.string(), z.looseObject({ label: z.string().optional() })]));
const widgetSchema = z.object({
  type: z.enum(['metric', 'alarm']),
  x: z.int(),
  y: z.int(),
  width: z.int(),
  height: z.int(),
  properties: z.looseObject({
    title: z.string(),
    metrics: z.array(metricSchema).default([]),
    alarms: z.array(z.string()).default([]),
  }),
});

export type Widget = z.infer<typeof widgetSchema>;

/** The widgets of a dashboard's body. */
export function widgetsOf(body: string): Widget[] {
  return z.object({ widgets: z.array(widgetSchema) }).parse(JSON.parse(body)).widgets;
}

/** The names of a widget's curves. @throws Error for one that has no name of its own */
export function curvesOf({ properties }: Widget): string[] {
  return properties.metrics.map((metric) => {
    const last = metric.at(-1);
    const label = typeof last === 'object' ? last.label : undefined;
    if (label === undefined) throw new Error(`a curve without a name in "${properties.title}"`);
    return label;
  });
}

/** Characters of a column of the dashboard's grid; a row is a line. */
const COLUMN = 5;

/** A picture of a dashboard in text: each widget as a box with its title and the names of its curves. */
export function pictureOf(widgets: readonly Widget[]): string {
  const right = Math.max(...widgets.map(({ x, width }) => x + width)) * COLUMN;
  const bottom = Math.max(...widgets.map(({ y, height }) => y + height));
  const canvas = Array<string>(bottom + 1).fill(' '.repeat(right + 1));
  const write = (line: number, column: number, text: string): void => {
    const row = canvas[line];
    if (row === undefined || column + text.length > row.length) throw new Error('a widget lies outside');
    canvas[line] = row.slice(0, column) + text + row.slice(column + text.length);
  };
  for (const widget of widgets) {
    const [left, top] = [widget.x * COLUMN, widget.y];
    const inner = widget.width * COLUMN - 1;
    for (const edge of [top, top + widget.height]) write(edge, left, `+${'-'.repeat(inner)}+`);
    for (let line = top + 1; line < top + widget.height; line++) {
      write(line, left, '|');
      write(line, left + inner + 1, '|');
    }
    const { title, alarms } = widget.properties;
    const named = widget.type === 'alarm' ? alarms.map((arn) => arn.replace(/^.*[:/]/, '')) : curvesOf(widget);
    const lines = [title.toUpperCase(), ...wrapped(named, inner - 2)];
    if (lines.length >= widget.height) throw new Error(`"${title}" is too low for its curves`);
    for (const [place, line] of lines.entries()) write(top + 1 + place, left + 2, line);
  }
  return canvas.map((row) => row.trimEnd()).join('\n');
}

function wrapped(words: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const [place, word] of words.entries()) {
    const text = place === words.length - 1 ? word : `${word},`;
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + text.length > width) lines.push(text);
    else lines[lines.length - 1] = `${last} ${text}`;
  }
  return lines;
}
