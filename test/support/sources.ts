// Reads the project's own sources for the tests that guard its structure: imports, functions, string literals.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import ts from 'typescript'

const ROOT = join(import.meta.dirname, '../..')

export interface Import {
  /** As written, e.g. `express` or `../domain/id.ts`. */
  readonly specifier: string
  /** Path from the repository's root when it is one of our files, e.g. `src/domain/id.ts`. */
  readonly file: string | undefined
  /** Vanishes when types are stripped. */
  readonly isTypeOnly: boolean
}

export interface SourceFunction {
  readonly name: string
  readonly lines: number
}

export interface Source {
  /** From the repository's root, with `/`. */
  readonly path: string
  readonly text: string
  readonly lines: number
  readonly imports: readonly Import[]
  readonly functions: readonly SourceFunction[]
  /** Values of string literals, templates' fixed parts included; import specifiers are not. */
  readonly strings: readonly string[]
}

/** Every TypeScript file below the folders. */
export function readSources(...folders: readonly string[]): Source[] {
  return folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts') && !path.includes('node_modules'))
      .sort()
      .map((path) => readSource(join(folder, path))),
  )
}

export function listFolder(folder: string): { name: string; isFolder: boolean }[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }))
}

function readSource(path: string): Source {
  const text = readFileSync(join(ROOT, path), 'utf8')
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const imports: Import[] = []
  const functions: SourceFunction[] = []
  const strings: string[] = []
  const addImport = (specifier: string, isTypeOnly: boolean): void => {
    const file = specifier.startsWith('.') ? relative(ROOT, join(ROOT, dirname(path), specifier)) : undefined
    imports.push({ specifier, file, isTypeOnly })
  }
  const visit = (node: ts.Node): void => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined) {
      addImport((node.moduleSpecifier as ts.StringLiteral).text, isTypeOnly(node))
      return
    }
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword && node.arguments[0] !== undefined) {
      addImport((node.arguments[0] as ts.StringLiteral).text, false)
    }
    if (ts.isFunctionLike(node) && 'body' in node && node.body !== undefined) functions.push({ name: nameOf(node), lines: lineCount(tree, node) })
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)) strings.push(node.text)
    ts.forEachChild(node, visit)
  }
  visit(tree)
  return { path, text, lines: text.trimEnd().split('\n').length, imports, functions, strings }
}

function isTypeOnly(node: ts.ImportDeclaration | ts.ExportDeclaration): boolean {
  if (ts.isExportDeclaration(node)) return node.isTypeOnly
  const clause = node.importClause
  if (clause === undefined) return false
  if (clause.isTypeOnly) return true
  const named = clause.namedBindings
  return (
    clause.name === undefined &&
    named !== undefined &&
    ts.isNamedImports(named) &&
    named.elements.length > 0 &&
    named.elements.every((element) => element.isTypeOnly)
  )
}

function nameOf(node: ts.SignatureDeclaration): string {
  return node.name?.getText() ?? (ts.isVariableDeclaration(node.parent) ? node.parent.name.getText() : '(anonymous)')
}

function lineCount(tree: ts.SourceFile, node: ts.Node): number {
  return tree.getLineAndCharacterOfPosition(node.end).line - tree.getLineAndCharacterOfPosition(node.getStart()).line + 1
}
