import ts from 'typescript';

/** One mention of another module: `import`, `export … from`, `import()`, `import('…').T`, `require()`. */
export interface ModuleReference {
  readonly specifier: string;
  /** Erased by the compiler: `import type`, `export type`, or a type position. */
  readonly typeOnly: boolean;
  readonly line: number;
  /** The names taken from the module, where they are listed. */
  readonly names: readonly string[];
}

/** A name that stands for a value or a type of the surrounding world, or a piece of syntax. */
export interface Mention {
  /** `Date`, `setTimeout`, `Math.random`, or `async`, `await`, `enum`, `export default`. */
  readonly name: string;
  readonly line: number;
}

export interface SourceFile {
  /** From the root of the project, with slashes: `src/log/segment.ts`. */
  readonly path: string;
  readonly text: string;
  readonly references: readonly ModuleReference[];
  readonly mentions: readonly Mention[];
}

/** Parses one TypeScript file. Nothing is resolved or type-checked: names are enough for the rules. */
export function parseSourceFile(path: string, text: string): SourceFile {
  const references: ModuleReference[] = [];
  const mentions: Mention[] = [];
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
  const lineOf = (node: ts.Node) =>
    tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1;
  const mention = (name: string, node: ts.Node) => mentions.push({ name, line: lineOf(node) });
  const refer = (
    specifier: ts.Node | undefined,
    typeOnly: boolean,
    names: readonly string[] = [],
  ) => {
    if (specifier === undefined) return;
    const known = ts.isStringLiteralLike(specifier);
    references.push({
      specifier: known ? specifier.text : COMPUTED,
      typeOnly,
      line: lineOf(specifier),
      names,
    });
  };

  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      const clause = node.importClause;
      const bindings = clause?.namedBindings;
      const names =
        bindings !== undefined && ts.isNamedImports(bindings)
          ? bindings.elements.map((element) => (element.propertyName ?? element.name).text)
          : [];
      refer(node.moduleSpecifier, clause?.phaseModifier === ts.SyntaxKind.TypeKeyword, names);
    } else if (ts.isExportDeclaration(node)) {
      refer(node.moduleSpecifier, node.isTypeOnly);
    } else if (ts.isImportTypeNode(node)) {
      refer(ts.isLiteralTypeNode(node.argument) ? node.argument.literal : node.argument, true);
    } else if (ts.isCallExpression(node)) {
      const called = node.expression;
      const loads =
        called.kind === ts.SyntaxKind.ImportKeyword ||
        (ts.isIdentifier(called) && called.text === 'require') ||
        (ts.isCallExpression(called) && called.expression.getText(tree) === 'createRequire');
      if (loads) refer(node.arguments[0], false);
    } else if (ts.isEnumDeclaration(node)) {
      mention('enum', node);
    } else if (ts.isExportAssignment(node)) {
      mention('export default', node);
    } else if (node.kind === ts.SyntaxKind.DefaultKeyword && ts.isModifier(node)) {
      mention('export default', node);
    } else if (node.kind === ts.SyntaxKind.AsyncKeyword) {
      mention('async', node);
    } else if (node.kind === ts.SyntaxKind.AwaitKeyword || ts.isAwaitExpression(node)) {
      mention('await', node);
    } else if (ts.isPropertyAccessExpression(node) && node.expression.getText(tree) === 'Math') {
      mention(`Math.${node.name.text}`, node);
    } else if (ts.isIdentifier(node) && !isMemberName(node)) {
      mention(node.text, node);
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return { path, text, references, mentions };
}

/** Stands in for the name of a module that is computed, which no rule can look through. */
export const COMPUTED = '(computed)';

/** Whether an identifier only names a member: `x.process`, `{ process: 1 }`, a field, a method. */
function isMemberName(node: ts.Identifier): boolean {
  const parent = node.parent;
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node;
  if (ts.isQualifiedName(parent)) return parent.right === node;
  if (
    ts.isPropertyAssignment(parent) ||
    ts.isPropertySignature(parent) ||
    ts.isPropertyDeclaration(parent) ||
    ts.isMethodDeclaration(parent) ||
    ts.isMethodSignature(parent) ||
    ts.isGetAccessorDeclaration(parent) ||
    ts.isSetAccessorDeclaration(parent)
  ) {
    return parent.name === node;
  }
  if (ts.isBindingElement(parent)) return parent.propertyName === node;
  return ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent);
}
