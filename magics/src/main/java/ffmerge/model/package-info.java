/** Forward passes: one straight-line class a family, in Java over DJL, with fused sublayers as TorchScript text. */
package ffmerge.model;
