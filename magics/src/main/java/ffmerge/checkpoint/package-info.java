/** Files and named tensors: safetensors in and out, one file or several shards, shared tensors stored once. */
package ffmerge.checkpoint;
