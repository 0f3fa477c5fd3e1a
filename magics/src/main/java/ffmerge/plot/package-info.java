/** Charts, held as XChart holds them and drawn by ourselves: as images, SVGs, pages of a PDF. */
package ffmerge.plot;
