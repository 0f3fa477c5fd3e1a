package ffmerge.picture;

import com.twelvemonkeys.imageio.plugins.jpeg.JPEGImageReaderSpi;
import com.twelvemonkeys.imageio.plugins.tiff.TIFFImageReaderSpi;
import com.twelvemonkeys.imageio.stream.ByteArrayImageInputStream;
import java.io.IOException;
import java.util.Iterator;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.spi.IIORegistry;
import javax.imageio.stream.ImageInputStream;

/**
 * Decodes a picture to the values that Pillow's {@code convert("RGB")} gives for it as Hugging Face's datasets opens it:
 * the first frame, on its screen and turned upright as EXIF says, samples as the file has them, colour profiles left aside.
 * Lossless formats give the same bytes; a JPEG's may differ by a level here and there, as decoders round differently.
 */
public final class PictureDecoder {
    /** What Pillow takes for an attempt to fill the memory. */
    private static final long MOST_PIXELS = 89_478_485;

    /** No format here packs more pixels into a byte, but for a picture of a single colour. */
    private static final long PIXELS_PER_BYTE = 4096;

    /** So many are believed of any file. */
    private static final long FEW_PIXELS = 1 << 24;

    private PictureDecoder() {}

    /**
     * @param file the whole file
     * @throws IOException if it is no whole picture of a kind that is read; the message says why
     */
    public static Picture decode(byte[] file) throws IOException {
        if (file.length == 0) {
            throw new UnreadablePicture("it is empty");
        }
        PictureFormat format = PictureFormat.of(file)
                .orElseThrow(() -> new UnreadablePicture(
                        "it is no picture that is known; " + PictureFormat.readable() + " are read"));
        try {
            return decode(file, format);
        } catch (RuntimeException e) {
            // readers meet damaged files with exceptions of any kind
            throw new IOException("it is a damaged " + format.title(), e);
        }
    }

    private static Picture decode(byte[] file, PictureFormat format) throws IOException {
        return switch (format) {
            case JPEG -> JpegPicture.decode(file);
            case GIF -> GifPicture.decode(file);
            case BMP -> BmpPicture.decode(file);
            case PNG -> PngPicture.decode(file);
            case TIFF -> TiffPicture.decode(file);
            default ->
                throw new UnreadablePicture(
                        "it is a " + format.title() + "; " + PictureFormat.readable() + " are read");
        };
    }

    /** What is done with a reader that has its input. */
    interface Reading<T> {
        T read(ImageReader reader) throws IOException;
    }

    /**
     * Opens a file, checks its size and reads it.
     *
     * @throws IOException if it has too many pixels or isn't whole; a library's words are told in our own
     */
    static <T> T read(byte[] file, PictureFormat format, Reading<T> reading) throws IOException {
        ImageReader reader = reader(format);
        boolean[] cutOff = new boolean[1];
        try (ImageInputStream in = new ByteArrayImageInputStream(file)) {
            reader.addIIOReadWarningListener((source, warning) -> {
                String words = warning.toLowerCase(Locale.ROOT);
                // a JPEG whose rest would be grey
                cutOff[0] |= words.contains("truncated") || words.contains("premature end");
            });
            reader.setInput(in, true, true);
            requireSize(reader.getWidth(0), reader.getHeight(0), file.length);
            T read = reading.read(reader);
            if (cutOff[0]) {
                throw new UnreadablePicture("it is cut off");
            }
            return read;
        } catch (UnreadablePicture e) {
            throw e;
        } catch (IOException e) {
            throw new IOException("it is a damaged or cut off " + format.title(), e);
        } finally {
            reader.dispose();
        }
    }

    /** Before anything is decoded: a header of a few bytes may claim any size. */
    static void requireSize(int width, int height, int bytes) throws UnreadablePicture {
        long pixels = (long) width * height;
        if (width <= 0 || height <= 0) {
            throw new UnreadablePicture("its size is " + width + " × " + height);
        }
        if (pixels > MOST_PIXELS) {
            throw new UnreadablePicture(
                    "it has " + width + " × " + height + " pixels, more than " + MOST_PIXELS / 1_000_000 + " million");
        }
        if (pixels > FEW_PIXELS + PIXELS_PER_BYTE * bytes) {
            throw new UnreadablePicture("its " + bytes + " bytes can't hold " + width + " × " + height + " pixels");
        }
    }

    /** Made by name, not by whatever is registered where this runs. */
    private static ImageReader reader(PictureFormat format) throws IOException {
        return switch (format) {
            case JPEG -> jpegReaders().createReaderInstance(null);
            case TIFF -> new TIFFImageReaderSpi().createReaderInstance(null);
            default -> ofTheJdk(format.title());
        };
    }

    /** Wraps the JDK's reader, which it finds when it is registered. */
    private static JPEGImageReaderSpi jpegReaders() {
        IIORegistry registry = IIORegistry.getDefaultInstance();
        synchronized (PictureDecoder.class) {
            JPEGImageReaderSpi known = registry.getServiceProviderByClass(JPEGImageReaderSpi.class);
            if (known != null) {
                return known;
            }
            JPEGImageReaderSpi own = new JPEGImageReaderSpi();
            registry.registerServiceProvider(own);
            return own;
        }
    }

    private static ImageReader ofTheJdk(String format) {
        Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName(format);
        while (readers.hasNext()) {
            ImageReader reader = readers.next();
            if (reader.getClass().getName().startsWith("com.sun.imageio")) {
                return reader;
            }
        }
        throw new IllegalStateException("this Java reads no " + format);
    }
}
