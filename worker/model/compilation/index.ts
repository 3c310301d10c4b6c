/** Decides how far the graphs of ../graphs are optimized before they compute, and keeps optimized ones between starts. */
export { compileModel } from './compile-model.js';
