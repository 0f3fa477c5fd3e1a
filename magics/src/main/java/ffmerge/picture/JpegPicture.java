package ffmerge.picture;

import java.awt.image.Raster;
import java.io.IOException;

/**
 * Decodes JPEG. The decoder gives the components as they are; what they mean is told by libjpeg's rules, since the JDK has
 * rules of its own that take unmarked pictures for red–green–blue.
 */
final class JpegPicture {
    private JpegPicture() {}

    static Picture decode(byte[] file) throws IOException {
        JpegHeader header = JpegHeader.read(file);
        JpegHeader.Colors colors = header.colors();
        Raster raster = PictureDecoder.read(file, PictureFormat.JPEG, reader -> reader.readRaster(0, null));
        if (raster.getNumBands() != header.components().length) {
            throw new UnreadablePicture("it is a damaged or cut off JPEG");
        }
        return new Picture(raster.getHeight(), raster.getWidth(), rgb(raster, colors), null)
                .turned(Orientation.of(header.exif(), header.xmp()));
    }

    /** Inks are stored as the light that they leave, as Adobe has it, but for those that are coded as luma and colour. */
    private static byte[] rgb(Raster raster, JpegHeader.Colors colors) {
        int plane = raster.getWidth() * raster.getHeight();
        byte[] rgb = new byte[3 * plane];
        boolean coded = colors == JpegHeader.Colors.YCC || colors == JpegHeader.Colors.YCCK;
        boolean inks = raster.getNumBands() == 4;
        RasterColors.eachPixel(raster, (i, samples) -> {
            if (coded) {
                decode(samples);
            }
            for (int c = 0; c < 3; c++) {
                int sample = samples[samples.length == 1 ? 0 : c];
                rgb[c * plane + i] =
                        (byte) (inks ? RasterColors.inked(coded ? sample : 255 - sample, 255 - samples[3]) : sample);
            }
        });
        return rgb;
    }

    /** Luma and two differences of colour to red, green and blue, in place, in libjpeg's 16-bit fractions. */
    private static void decode(int[] samples) {
        int luma = samples[0];
        int blue = samples[1] - 128;
        int red = samples[2] - 128;
        samples[0] = clip(luma + (fraction(1.402) * red + 0x8000 >> 16));
        samples[1] = clip(luma + (-fraction(0.344136286) * blue - fraction(0.714136286) * red + 0x8000 >> 16));
        samples[2] = clip(luma + (fraction(1.772) * blue + 0x8000 >> 16));
    }

    private static int fraction(double of) {
        return (int) (of * (1 << 16) + 0.5);
    }

    private static int clip(int sample) {
        return Math.max(0, Math.min(255, sample));
    }
}
