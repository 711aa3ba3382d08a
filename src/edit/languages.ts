/** A language, as far as the service knows it. */
export interface Language {
	/** Info string of a code fence. */
	readonly tag: string;
	/** Other names that a request may use, in lower case. */
	readonly aliases: readonly string[];
	/** Lower case, without the dot. */
	readonly extensions: readonly string[];
	/** Whole file names, in lower case. */
	readonly fileNames: readonly string[];
	/** What opens and what closes a one-line comment; closing is empty where the line's end does. */
	readonly comment: readonly [open: string, close: string];
}

const cStyle = ['//', ''] as const;
const hash = ['#', ''] as const;
const dashes = ['--', ''] as const;
const semicolons = [';;', ''] as const;
const block = ['/*', '*/'] as const;
const markup = ['<!--', '-->'] as const;
const percent = ['%', ''] as const;

/** Stands for a file of which nothing is known. */
const noLanguage = define('', cStyle, '');

/** Languages whose comment syntax is known. Requests may name others. */
export const languages: readonly Language[] = [
	define('bash', hash, 'sh bash zsh ksh', 'shell sh zsh ksh shellscript', '.bashrc .zshrc .profile'),
	define('bat', ['REM', ''], 'bat cmd', 'batch'),
	define('c', cStyle, 'c h'),
	define('clojure', semicolons, 'clj cljs cljc edn', 'clj'),
	define('cmake', hash, 'cmake', '', 'cmakelists.txt'),
	define('cpp', cStyle, 'cpp cc cxx hpp hh hxx ino', 'c++ cxx'),
	define('csharp', cStyle, 'cs csx', 'c# cs'),
	define('css', block, 'css'),
	define('dart', cStyle, 'dart'),
	define('diff', hash, 'diff patch', 'patch'),
	define('dockerfile', hash, 'dockerfile', 'docker', 'dockerfile containerfile'),
	define('elixir', hash, 'ex exs'),
	define('erlang', percent, 'erl hrl'),
	define('fsharp', cStyle, 'fs fsi fsx', 'f# fs'),
	define('go', cStyle, 'go', 'golang'),
	define('graphql', hash, 'graphql gql', 'gql'),
	define('groovy', cStyle, 'groovy gradle', 'gradle', 'jenkinsfile'),
	define('haskell', dashes, 'hs', 'hs'),
	define('hcl', hash, 'tf tfvars hcl', 'terraform tf'),
	define('html', markup, 'html htm xhtml', 'htm'),
	define('ini', [';', ''], 'ini cfg conf properties', 'properties', '.editorconfig .gitconfig'),
	define('java', cStyle, 'java'),
	define('javascript', cStyle, 'js mjs cjs', 'js node ecmascript mjs cjs'),
	define(
		'json',
		cStyle,
		'json jsonc json5 jsonl ndjson ipynb webmanifest',
		'jsonc json5 jsonl ndjson jupyter',
	),
	define('jsx', cStyle, 'jsx', 'javascriptreact'),
	define('julia', hash, 'jl', 'jl'),
	define('kotlin', cStyle, 'kt kts', 'kt'),
	define('latex', percent, 'tex sty cls', 'tex'),
	define('less', cStyle, 'less'),
	define('lua', dashes, 'lua'),
	define('makefile', hash, 'mk mak', 'make', 'makefile gnumakefile'),
	define('markdown', markup, 'md markdown mdx', 'md mdx'),
	define('nix', hash, 'nix'),
	define('objectivec', cStyle, 'm mm', 'objective-c objc objective-cpp objective-c++ objcpp'),
	define('ocaml', ['(*', '*)'], 'ml mli', 'ml'),
	define('perl', hash, 'pl pm', 'pl'),
	define('php', cStyle, 'php phtml'),
	define('powershell', hash, 'ps1 psm1 psd1', 'pwsh ps1'),
	define('protobuf', cStyle, 'proto', 'proto'),
	define('python', hash, 'py pyi pyw', 'py python3'),
	define('razor', ['@*', '*@'], 'razor cshtml', 'aspnetcorerazor cshtml'),
	define('r', hash, 'r', 'rlang'),
	define('ruby', hash, 'rb rake gemspec', 'rb', 'gemfile rakefile'),
	define('rust', cStyle, 'rs', 'rs'),
	define('scala', cStyle, 'scala sc sbt'),
	define('scss', cStyle, 'scss sass', 'sass'),
	define('solidity', cStyle, 'sol', 'sol'),
	define('sql', dashes, 'sql'),
	define('svelte', markup, 'svelte'),
	define('swift', cStyle, 'swift'),
	define('text', hash, 'txt text log csv tsv', 'txt plain plaintext plain_text'),
	define('toml', hash, 'toml', '', 'cargo.lock poetry.lock'),
	define('tsx', cStyle, 'tsx', 'typescriptreact'),
	define('typescript', cStyle, 'ts mts cts', 'ts mts cts'),
	define('vb', ["'", ''], 'vb bas vbs', 'vbnet visualbasic vbscript'),
	define('vue', markup, 'vue'),
	define('xml', markup, 'xml xsd xsl svg plist csproj'),
	define('yaml', hash, 'yaml yml', 'yml'),
	define('zig', cStyle, 'zig'),
];

const byName = index(({tag, aliases}) => [tag, ...aliases]);
const byExtension = index(({extensions}) => extensions);
const byFileName = index(({fileNames}) => fileNames);

/** What a request may name a language by. */
const tagPattern = /^[\p{L}\p{N}+\-#._]{1,40}$/u;

/** Whether a text can stand behind a fence as the name of a language, known or not. */
export function isLanguageTag(text: string): boolean {
	return tagPattern.test(text);
}

/**
 * The language of a request: the one it names, else the one of the path's file name. A name that is not on the list
 * stays the tag, and the path tells the comment syntax. Without a name, an unknown ending gives an empty tag: a wrong
 * guess would only mislead the model.
 */
export function resolveLanguage(request: {
	readonly language?: string | undefined;
	readonly path?: string | undefined;
}): Language {
	const name = request.language?.trim() ?? '';
	const ofPath = languageOfPath(request.path ?? '');
	return name === '' ? ofPath : (byName.get(name.toLowerCase()) ?? {...ofPath, tag: name});
}

/** The line that stands in an update for code left out, in the language's comment syntax. */
export function existingCodeMarker({comment: [open, close]}: Language): string {
	return `${open} ... existing code ...${close === '' ? '' : ` ${close}`}`;
}

function languageOfPath(path: string): Language {
	const fileName = path.split(/[\\/]/).at(-1)!.toLowerCase();
	const dot = fileName.lastIndexOf('.');
	const extension = dot === -1 ? '' : fileName.slice(dot + 1);
	return byFileName.get(fileName) ?? byExtension.get(extension) ?? noLanguage;
}

/** Lists are written with a space between their items. */
function define(
	tag: string,
	comment: Language['comment'],
	extensions: string,
	aliases = '',
	fileNames = '',
): Language {
	const [names, endings, files] = [aliases, extensions, fileNames].map(list =>
		list.split(' ').filter(item => item !== ''),
	);
	return {tag, comment, aliases: names!, extensions: endings!, fileNames: files!};
}

function index(keysOf: (language: Language) => readonly string[]): ReadonlyMap<string, Language> {
	return new Map(languages.flatMap(language => keysOf(language).map(key => [key, language] as const)));
}
