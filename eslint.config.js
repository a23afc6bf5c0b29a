/**
 * What a machine can judge and a reviewer should not have to. Formatting is prettier's; import walls are
 * dependency-cruiser's (`.dependency-cruiser.cjs`); types are the compiler's.
 */
import prettier from 'eslint-config-prettier'
import vue from 'eslint-plugin-vue'
import ts from 'typescript-eslint'

const typed = {
  '@typescript-eslint/no-floating-promises': 'error',
  '@typescript-eslint/no-misused-promises': [
    'error',
    { checksVoidReturn: { arguments: false, attributes: false } },
  ],
  '@typescript-eslint/no-unused-vars': [
    'error',
    { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
  ],
  '@typescript-eslint/no-explicit-any': 'error',
  '@typescript-eslint/ban-ts-comment': 'error',
  // A handler of the table is async by its type, whether it has to wait for something or not.
  '@typescript-eslint/require-await': 'off',
  '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
  '@typescript-eslint/no-unsafe-enum-comparison': 'off',
  // Factories and closures: nothing here has a `this` to lose.
  '@typescript-eslint/unbound-method': 'off',
  'no-console': 'off',
  eqeqeq: ['error', 'always'],
  'no-restricted-syntax': [
    'error',
    { selector: 'TSEnumDeclaration', message: 'Use a union of strings: an enum is not erasable.' },
    {
      selector: 'TSParameterProperty',
      message: 'Write the field out: parameter properties are not erasable.',
    },
  ],
}

/** Has the types of a worker, not of a page, and a project of its own for them. */
const serviceWorker = ['packages/web/src/service-worker.ts', 'packages/web/src/service-worker/**/*.ts']

export default ts.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '.build/**', 'packages/web/public/**', 'test-results/**'] },
  {
    files: ['packages/*/src/**/*.ts', 'tests/**/*.ts', 'bench/**/*.ts', 'scripts/**/*.ts', '*.ts'],
    ignores: serviceWorker,
    extends: [ts.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: typed,
  },
  { files: serviceWorker, extends: [ts.configs.recommended] },
  {
    // What comes out of a `.vue` file has a type for vue-tsc only; to the plain compiler it is unknown.
    files: ['packages/web/src/**/*.ts'],
    ignores: serviceWorker,
    rules: {
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
  {
    // Vue files are type-checked by vue-tsc; here the template and the script's plain faults.
    files: ['packages/web/src/**/*.vue'],
    extends: [ts.configs.recommended, vue.configs['flat/recommended']],
    languageOptions: { parserOptions: { parser: ts.parser } },
    rules: {
      'vue/no-v-html': 'error',
      'vue/require-default-prop': 'off',
      'vue/multi-word-component-names': ['error', { ignores: ['App'] }],
      'vue/component-api-style': ['error', ['script-setup']],
      'vue/block-lang': ['error', { script: { lang: 'ts' } }],
      '@typescript-eslint/no-unused-vars': typed['@typescript-eslint/no-unused-vars'],
      'no-undef': 'off',
    },
  },
  prettier,
)
