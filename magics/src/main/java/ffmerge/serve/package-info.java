/** A language model behind HTTP, as other programs ask for completions. */
package ffmerge.serve;
