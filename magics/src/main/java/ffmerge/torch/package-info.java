/** What DJL lacks: kernels, precision, native memory, finding libtorch. */
package ffmerge.torch;
