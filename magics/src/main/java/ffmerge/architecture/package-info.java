/** What tensor names mean: one JSON table a model family, under {@code resources/ffmerge/architecture}. */
package ffmerge.architecture;
