// The API for readers: the OpenAPI document, and a page made from the same table. No scripts, nothing from
// elsewhere; the stylesheet is a route of its own because the policy allows no inline styles.
import { describeOperations, openApiDocument, type DescribedOperation } from '@palabre/protocol'
import express, { type Router } from 'express'
import { docsPolicy } from './headers.ts'

export function createDocs(publicUrl: string): Router {
  const router = express.Router({ caseSensitive: true })
  const document = JSON.stringify(openApiDocument(publicUrl))
  const page = renderPage(describeOperations())
  router.get('/openapi.json', (_request, response) => {
    response.type('application/json').send(document)
  })
  router.get('/docs', docsPolicy, (_request, response) => {
    response.type('html').send(page)
  })
  router.get('/docs.css', (_request, response) => {
    response.type('css').send(stylesheet)
  })
  return router
}

function renderPage(operations: DescribedOperation[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Palabre: the API</title>
<link rel="stylesheet" href="docs.css">
</head>
<body>
<main>
<h1>The API</h1>
<p>Everything is JSON under <code>/api/v1</code>, with <code>Authorization: Bearer …</code> unless marked public.
Errors are <code>application/problem+json</code> with a stable <code>code</code>. Times are milliseconds since 1970.
Where a Socket.IO event is named, the same input gets the same answer there, as
<code>{ "ok": true, … }</code> or <code>{ "ok": false, "error": { "code", "message" } }</code>.
Programs read <a href="openapi.json">openapi.json</a>.</p>
<nav aria-label="Operations"><ul>
${operations.map(({ name, method, path }) => `<li><a href="#${name}"><b>${method}</b> ${escape(path)}</a></li>`).join('\n')}
</ul></nav>
${operations.map(renderOperation).join('\n')}
</main>
</body>
</html>
`
}

function renderOperation(operation: DescribedOperation): string {
  const { name, method, path, summary, socket, isPublic, parameters, body, output } = operation
  const marks = [
    ...(isPublic ? ['public'] : []),
    ...(socket === null ? ['HTTP only'] : [`event <code>${escape(socket)}</code>`]),
  ]
  const rows = parameters.map(
    (parameter) =>
      `<tr><td><code>${escape(parameter.name)}</code></td><td>${parameter.in}</td><td>${parameter.required ? 'required' : 'optional'}</td><td><code>${escape(JSON.stringify(parameter.schema))}</code></td></tr>`,
  )
  return `<section id="${name}">
<h2><b>${method}</b> ${escape(path)}</h2>
<p>${escape(summary)} <small>${marks.join(' · ')}</small></p>
${rows.length === 0 ? '' : `<table><tbody>${rows.join('')}</tbody></table>`}
${body === null ? '' : renderSchema('Body', body)}
${renderSchema('Answer', output)}
</section>`
}

function renderSchema(title: string, schema: object): string {
  return `<details><summary>${title}</summary><pre>${escape(JSON.stringify(schema, null, 2))}</pre></details>`
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

const stylesheet = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
nav ul { columns: 2 24rem; padding: 0; list-style: none; }
section { border-top: 1px solid color-mix(in srgb, currentColor 20%, transparent); padding: 1rem 0; }
h2 { font: 600 1rem/1.4 ui-monospace, monospace; margin: 0; }
b { color: #0b6e4f; }
td { padding: 0.125rem 1rem 0.125rem 0; vertical-align: top; overflow-wrap: anywhere; }
pre { overflow: auto; padding: 0.75rem; background: color-mix(in srgb, currentColor 6%, transparent); }
a { color: inherit; }
@media (prefers-color-scheme: dark) { b { color: #5fd3a8; } }
`
