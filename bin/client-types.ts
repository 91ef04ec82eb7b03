import ts from 'typescript';

/** Where the aliases are that stand for something else than they say. */
const CONTRACT = /\/client\/src\/contract\.ts$/;

interface Declaration {
  readonly text: string;
  /** The names that it mentions. */
  readonly mentions: ReadonlySet<string>;
}

/**
 * The client's declarations as one text that imports nothing: what is inferred from the service's schemas is written out, and of
 * the rest all that the entry's exports hang on is kept, comments included.
 *
 * @param config the path of the client's tsconfig.json; @param entry of its entry
 * @throws Error for sources that do not compile, or a name that two files declare
 */
export function clientTypes(config: string, entry: string): string {
  const { options, fileNames } = commandLineOf(config);
  const program = ts.createProgram(fileNames, {
    ...options,
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
  });
  require(ts.getPreEmitDiagnostics(program));
  const checker = program.getTypeChecker();
  const main = program.getSourceFile(entry);
  const exported = main && checker.getSymbolAtLocation(main);
  if (!exported) throw new Error(`${entry} exports nothing`);

  const declarations = new Map<string, Declaration>();
  for (const source of program.getSourceFiles()) {
    if (!/\/client\/src\//.test(source.fileName)) continue;
    const found = CONTRACT.test(source.fileName) ? expandedIn(source, checker) : emittedOf(source, program);
    for (const [name, text] of found) {
      if (declarations.has(name)) throw new Error(`two files declare ${name}`);
      declarations.set(name, { text, mentions: mentionedIn(text) });
    }
  }
  const exports = checker.getExportsOfModule(exported).map(({ name }) => name);
  const needed = new Set(exports);
  for (const name of needed) {
    for (const other of declarations.get(name)?.mentions ?? []) if (declarations.has(other)) needed.add(other);
  }
  const texts = [...declarations].filter(([name]) => needed.has(name)).map(([, { text }]) => text);
  return [
    ...texts,
    `export { ${exports
      .sort()
      .map((name) => exportOf(name, texts))
      .join(', ')} };`,
    '',
  ].join('\n\n');
}

function commandLineOf(config: string): ts.ParsedCommandLine {
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (fault: ts.Diagnostic) => require([fault]) };
  const parsed = ts.getParsedCommandLineOfConfigFile(config, undefined, host);
  if (!parsed) throw new Error(`${config} is no configuration`);
  return parsed;
}

function require(faults: readonly ts.Diagnostic[]): void {
  if (faults.length === 0) return;
  const host = {
    getCanonicalFileName: (name: string) => name,
    getCurrentDirectory: () => ts.sys.getCurrentDirectory(),
    getNewLine: () => '\n',
  };
  throw new Error(ts.formatDiagnostics(faults, host));
}

function exportOf(name: string, texts: readonly string[]): string {
  const isClass = texts.some((text) => new RegExp(`^declare class ${name}\\b`, 'm').test(text));
  // What has no constructor to call is a type to others.
  return isClass && /Client$|Error$/.test(name) ? name : `type ${name}`;
}

/** A file's declarations as the compiler writes them. */
function* emittedOf(source: ts.SourceFile, program: ts.Program): Generator<[name: string, text: string]> {
  let emitted = '';
  program.emit(source, (_, text) => (emitted += text), undefined, true);
  const file = ts.createSourceFile('emitted.d.ts', emitted, ts.ScriptTarget.ES2022, true);
  for (const statement of file.statements) {
    if (
      !ts.isClassDeclaration(statement) &&
      !ts.isInterfaceDeclaration(statement) &&
      !ts.isTypeAliasDeclaration(statement)
    )
      continue;
    const text = statement
      .getFullText(file)
      .trim()
      .replace(/^export (declare )?/m, (_, declare = '') => String(declare));
    yield [statement.name?.text ?? '', text];
  }
}

/** The aliases of a file, each written out as what it stands for. */
function* expandedIn(source: ts.SourceFile, checker: ts.TypeChecker): Generator<[name: string, text: string]> {
  const aliases = source.statements.filter(
    (one): one is ts.TypeAliasDeclaration =>
      ts.isTypeAliasDeclaration(one) &&
      one.typeParameters === undefined &&
      ts.getCombinedModifierFlags(one) === ts.ModifierFlags.Export,
  );
  const named = new Map(aliases.map((alias) => [checker.getTypeAtLocation(alias.name), alias.name.text]));
  for (const alias of aliases) {
    const comments = (ts.getLeadingCommentRanges(source.text, alias.getFullStart()) ?? []).map(({ pos, end }) =>
      source.text.slice(pos, end),
    );
    const type = checker.getTypeAtLocation(alias.name);
    const names = new Map([...named].filter(([other]) => other !== type));
    yield [
      alias.name.text,
      [...comments, `type ${alias.name.text} = ${written(type, checker, names, '')};`].join('\n'),
    ];
  }
}

function written(type: ts.Type, checker: ts.TypeChecker, names: ReadonlyMap<ts.Type, string>, indent: string): string {
  const inner = (other: ts.Type, to = indent) => names.get(other) ?? written(other, checker, names, to);
  if (type.isUnion()) {
    const isBoolean = type.types.filter((one) => one.flags & ts.TypeFlags.BooleanLiteral).length === 2;
    const parts = type.types.map((one) =>
      isBoolean && one.flags & ts.TypeFlags.BooleanLiteral ? 'boolean' : inner(one),
    );
    // Null and undefined come last, as one would write them.
    const last = (text: string) => Number(/^(null|undefined)$/.test(text));
    return [...new Set(parts)].sort((a, b) => last(a) - last(b)).join(' | ');
  }
  if (checker.isArrayType(type)) {
    const [element] = checker.getTypeArguments(type as ts.TypeReference);
    const text = element ? inner(element) : 'unknown';
    return / \| /.test(text) && !text.startsWith('{') ? `(${text})[]` : `${text}[]`;
  }
  if (!(type.flags & ts.TypeFlags.Object))
    return checker.typeToString(type, undefined, ts.TypeFormatFlags.NoTruncation);
  const [index] = checker.getIndexInfosOfType(type);
  if (index) return `Record<${inner(index.keyType)}, ${inner(index.type)}>`;
  const fields = checker.getPropertiesOfType(type).map((field) => {
    const isOptional = (field.flags & ts.SymbolFlags.Optional) !== 0;
    const name = /^\w+$/.test(field.name) ? field.name : JSON.stringify(field.name);
    const value = inner(present(checker.getTypeOfSymbol(field), isOptional, checker), `${indent}    `);
    return `${indent}    ${name}${isOptional ? '?' : ''}: ${value};\n`;
  });
  return `{\n${fields.join('')}${indent}}`;
}

/** A field's type without what stands for its absence, which is not `undefined` under exactOptionalPropertyTypes. */
function present(type: ts.Type, isOptional: boolean, checker: ts.TypeChecker): ts.Type {
  const isNamed = type.isUnion() && type.types.includes(checker.getUndefinedType());
  return isOptional && !isNamed ? checker.getNonNullableType(type) : type;
}

function mentionedIn(text: string): Set<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node) => {
    if (ts.isIdentifier(node)) names.add(node.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('one.d.ts', text, ts.ScriptTarget.ES2022));
  return names;
}
