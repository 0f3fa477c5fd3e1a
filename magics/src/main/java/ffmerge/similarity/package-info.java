/** Linear centred kernel alignment between sublayers. */
package ffmerge.similarity;
