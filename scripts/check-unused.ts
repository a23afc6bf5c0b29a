/**
 * Finds what nobody uses: source files that nothing imports, and exported values that no other file names.
 * Types are left out: an exported type documents a signature. What a package's door offers is used by
 * definition. Knip would do more, but its lockfile entries cannot be installed everywhere.
 */
import { posix } from 'node:path'
import ts from 'typescript'
import { isThere, listFiles, readText } from './tree.ts'

/** Where programs start, and what tools find by name. */
const entries =
  /\/src\/(index|main|service-worker)\.ts$|\/store\/sqlite\/worker\.ts$|\.test\.ts$|\.test-d\.ts$|\.d\.ts$|\.spike\.ts$|^(tests|bench|scripts)\/|\/vite\.\w+\.ts$|\/locales\/\w+\.ts$/

interface Module {
  exported: Set<string>
  /** From file to the names taken from it; `*` for all. */
  taken: Map<string, Set<string>>
}

export function checkUnused(): string[] {
  const files = ['packages', 'tests', 'bench', 'scripts'].flatMap((folder) =>
    listFiles(folder, /\.(ts|vue)$/),
  )
  const modules = new Map(files.map((file) => [file, read(file)]))
  const used = new Map<string, Set<string>>()
  for (const { taken } of modules.values()) {
    for (const [file, names] of taken) {
      const before = used.get(file) ?? new Set<string>()
      for (const name of names) before.add(name)
      used.set(file, before)
    }
  }
  const problems: string[] = []
  for (const [file, { exported }] of modules) {
    if (entries.test(file)) continue
    const names = used.get(file)
    if (names === undefined) problems.push(`${file} is imported by nothing`)
    else if (!names.has('*')) {
      for (const name of exported) if (!names.has(name)) problems.push(`${file}: nobody else uses ${name}`)
    }
  }
  if (modules.size < 50) problems.push(`only ${modules.size} files were read`)
  return problems
}

function read(file: string): Module {
  const found: Module = { exported: new Set(), taken: new Map() }
  const text = file.endsWith('.vue') ? scriptOf(readText(file)) : readText(file)
  const take = (from: string, name: string): void => {
    const target = resolve(file, from)
    if (target === undefined) return
    const names = found.taken.get(target) ?? new Set<string>()
    names.add(name)
    found.taken.set(target, names)
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      takeImport(node, (name) => take(node.moduleSpecifier.getText().slice(1, -1), name))
    } else if (ts.isExportDeclaration(node)) {
      const from = node.moduleSpecifier
      if (from !== undefined && ts.isStringLiteral(from)) {
        if (node.exportClause === undefined || ts.isNamespaceExport(node.exportClause)) take(from.text, '*')
        else
          for (const part of node.exportClause.elements)
            take(from.text, (part.propertyName ?? part.name).text)
      } else if (node.exportClause !== undefined && ts.isNamedExports(node.exportClause)) {
        for (const part of node.exportClause.elements)
          if (!node.isTypeOnly) found.exported.add(part.name.text)
      }
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [from] = node.arguments
      if (from !== undefined && ts.isStringLiteral(from)) take(from.text, '*')
    } else if (
      ts.isStringLiteral(node) &&
      /^\.{1,2}\/.*\.(ts|vue)$/.test(node.text) &&
      ts.isNewExpression(node.parent)
    ) {
      take(node.text, '*') // new URL('./worker.ts', import.meta.url)
    }
    ts.forEachChild(node, visit)
  }
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  visit(source)
  for (const statement of source.statements)
    for (const name of exportedValues(statement)) found.exported.add(name)
  return found
}

function takeImport(node: ts.ImportDeclaration, take: (name: string) => void): void {
  const clause = node.importClause
  if (clause === undefined) return take('*')
  if (clause.name !== undefined) take('default')
  const bindings = clause.namedBindings
  if (bindings === undefined) return
  if (ts.isNamespaceImport(bindings)) return take('*')
  for (const part of bindings.elements) take((part.propertyName ?? part.name).text)
}

function exportedValues(statement: ts.Statement): string[] {
  if (!ts.canHaveModifiers(statement)) return []
  const isExported = ts
    .getModifiers(statement)
    ?.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword)
  if (isExported !== true) return []
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.flatMap(({ name }) =>
      ts.isIdentifier(name) ? [name.text] : [],
    )
  }
  const isValue = ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)
  return isValue && statement.name !== undefined ? [statement.name.text] : []
}

/** The scripts of a component, one after the other. */
function scriptOf(component: string): string {
  return [...component.matchAll(/<script\b[^>]*>([\s\S]*?)<\/script>/g)]
    .map(([, code = '']) => code)
    .join('\n')
}

function resolve(file: string, from: string): string | undefined {
  if (from.startsWith('@palabre/')) return `packages/${from.slice('@palabre/'.length)}/src/index.ts`
  if (!from.startsWith('.')) return undefined
  const path = posix.normalize(posix.join(posix.dirname(file), from.split('?')[0] ?? from))
  return isThere(path) ? path : undefined
}
