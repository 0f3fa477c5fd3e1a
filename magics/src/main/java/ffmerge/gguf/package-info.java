/** Models in GGUF files: as folders in Hugging Face layout, and written from such. */
package ffmerge.gguf;
