/**
 * Native tokenizers, in a process of their own: their libraries end the process, or never come back, on files and texts that
 * they don't expect.
 */
package ffmerge.tokenize;
