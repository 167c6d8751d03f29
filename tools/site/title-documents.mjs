// A plugin of TypeDoc: pages are named by their heading and stand in sections, instead of by path, and nothing in them is out of
// reach of a keyboard or a screen reader.
import { Converter, PageEvent, ReflectionKind } from 'typedoc';

/** Sections by folder; the first that fits counts. */
const SECTIONS = [
  [/^docs\/RUNBOOKS\//, 'Runbooks'],
  [/^docs\/decisions\//, 'Decisions'],
  [/^docs\//, 'Guides'],
  [/^(apps|packages|examples|tools|test)\//, 'Programs and packages'],
  [/./, 'Project'],
];

const HEADING = /^# +(.+)$/m;

/** Text of a heading without its marks. A slash would begin a folder. */
function plain(heading) {
  return heading.replaceAll('`', '').replace('@surety/', '').replaceAll('/', ' or ').trim();
}

/** Marks the main part of a page, lets what scrolls sideways take the focus, leaves no head of a column empty and puts no link into a button. */
function accessible(html) {
  return html
    .replace('</head>', '<link rel="icon" href="data:,"/></head>')
    .replace('<div class="col-content">', '<div class="col-content" role="main">')
    .replaceAll('<table>', '<table tabindex="0">')
    .replaceAll('<pre>', '<pre tabindex="0">')
    .replaceAll('<th></th>', '<td></td>')
    .replace(/<summary[^]*?<\/summary>/g, (summary) => summary.replace(/<a [^>]*tsd-anchor-icon[^]*?<\/a>/g, ''));
}

export function load(app) {
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_, document) => {
    const path = document.name;
    const text = document.content.map((part) => part.text).join('');
    const [, section] = SECTIONS.find(([folder]) => folder.test(path));
    const [, heading = path] = HEADING.exec(text) ?? [];
    document.name = `${section}/${plain(heading)}`;
  });
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.getReflectionsByKind(ReflectionKind.Module))
      module.name = `Reference/${module.name.replace('/src', '')}`;
    // The page's own title says it already.
    const [first] = project.readme ?? [];
    if (first?.kind === 'text') first.text = first.text.replace(HEADING, '');
  });
  app.renderer.on(PageEvent.END, (page) => {
    page.contents = accessible(page.contents ?? '');
  });
}
