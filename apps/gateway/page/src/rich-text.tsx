/** The tree of `markdown.ts` as elements. Text stays text: nothing of an answer becomes markup. */
import { useMemo } from "preact/hooks";
import type { ComponentChildren, JSX } from "preact";
import { type Block, type Inline, parseMarkdown } from "./markdown.ts";

export function RichText({ source }: { readonly source: string }): JSX.Element {
  const blocks = useMemo(() => parseMarkdown(source).map(blockOf), [source]); // the others do not change when one grows
  return <div class="rich">{blocks}</div>;
}

function blockOf(block: Block): ComponentChildren {
  switch (block.kind) {
    case "heading":
      return <p class={`heading-text level-${Math.min(block.level, 3)}`}>{block.children.map(inlineOf)}</p>;
    case "list": {
      const items = block.items.map((item) => <li>{item.map(inlineOf)}</li>);
      return block.ordered ? <ol>{items}</ol> : <ul>{items}</ul>;
    }
    case "code":
      return (
        <pre>
          <code>{block.text}</code>
        </pre>
      );
    case "quote":
      return <blockquote>{linesOf(block.lines)}</blockquote>;
    case "rule":
      return <hr />;
    case "paragraph":
      return <p>{linesOf(block.lines)}</p>;
  }
}

function linesOf(lines: readonly (readonly Inline[])[]): ComponentChildren {
  return lines.map((line, at) => [at === 0 ? undefined : <br />, line.map(inlineOf)]);
}

function inlineOf(part: Inline): ComponentChildren {
  switch (part.kind) {
    case "text":
      return part.text;
    case "code":
      return <code>{part.text}</code>;
    case "bold":
      return <strong>{part.children.map(inlineOf)}</strong>;
    case "italic":
      return <em>{part.children.map(inlineOf)}</em>;
    case "link":
      return (
        <a href={part.href} target="_blank" rel="noopener noreferrer">
          {part.children.map(inlineOf)}
        </a>
      );
  }
}
