/** Observing sublayers during one forward pass. */
package ffmerge.activation;
