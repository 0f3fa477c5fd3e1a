package ffmerge.data;

/** The images of a split, prepared for one model, of which no more need be read than are used. */
public interface ImageSource {
    /** A set that begins with at least so many images from the start, or holds all where there are fewer. */
    ImageSet first(int images);

    /** Images from random places; the same seed and index give the same ones. */
    ImageBatch randomBatch(int rows, Augmentation augmentation, long seed, long index);
}
