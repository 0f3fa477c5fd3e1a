/** JSON as Python writes it, read and written so that it means the same there and here. */
package ffmerge.json;
