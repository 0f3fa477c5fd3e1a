/** Files of pictures to red, green and blue as Pillow decodes them; the formats are told by content. */
package ffmerge.picture;
